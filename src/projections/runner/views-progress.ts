import type { DocumentReader } from '../../ports/document-store.ts'
import { readGenerations } from './runner-meta.ts'

/** How much of which log the views have folded. */
export interface ViewsProgress {
  readonly epoch: string
  readonly position: number
}

/** Undefined for views that cannot be read, or have folded nothing: they are made again from the log. */
export const readViewsProgress = async (reader: DocumentReader): Promise<ViewsProgress | undefined> => {
  try {
    const epoch = await reader.getMeta('epoch')
    const positions = [...(await readGenerations(reader, 'live')).values()].map(({ position }) => Number(position))
    return epoch === undefined ? undefined : { epoch, position: Math.max(0, ...positions) }
  } catch {
    return undefined
  }
}
