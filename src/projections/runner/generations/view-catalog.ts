import type { DocumentReader } from '../../../ports/document-store.ts'
import { readGenerations } from '../runner-meta.ts'

/** Which collection holds the live generation of a view. */
export interface ViewCatalog {
  /**
   * Physical name. For a view without a live generation it is the name of a collection that does not exist: it
   * reads as empty.
   */
  collection(view: string): string
  /**
   * Reads the names again. Call it when the runner has switched (`onSwitched`); the old ones stay readable for a
   * while.
   */
  refresh(): Promise<void>
}

export const createViewCatalog = async (reader: DocumentReader): Promise<ViewCatalog> => {
  let names: ReadonlyMap<string, string> = new Map()
  const refresh = async (): Promise<void> => {
    const live = await readGenerations(reader, 'live')
    names = new Map([...live].map(([view, { collection }]) => [view, collection]))
  }
  await refresh()
  return { collection: (view) => names.get(view) ?? `${view}.none`, refresh }
}
