import type { z } from 'zod'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { StoreChange } from '../stores/client-store.ts'

interface Page<Item> {
  readonly items: readonly Item[]
  readonly cursor?: string | undefined
}

/** A list that the server keeps for the user, and its copy here. */
export interface KeptList<Item> {
  /** The record that says whether the whole list is here. */
  readonly key: string
  readonly path: string
  readonly schema: z.ZodType<Page<Item>>
  readonly idOf: (item: Item) => string
  readonly known: () => ReadonlyMap<string, { readonly revision: number }>
  readonly adopt: (item: Item) => readonly StoreChange[]
  /** The list lacks this one. */
  readonly drop: (id: string, revision: number) => readonly StoreChange[]
}

export interface MarkUpkeepDeps<Item> {
  readonly stored: ReadonlyMap<string, unknown>
  readonly list: KeptList<Item>
  readonly rest: Pick<Rest, 'read'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly isLive: () => boolean
  readonly onError: (thrown: unknown) => void
}

/** Reads the server's list on a device that does not have it, and after a snapshot, which leaves out events. */
export const createMarkUpkeep = <Item>({ stored, list, rest, write, isLive, onError }: MarkUpkeepDeps<Item>) => {
  const { key, path, schema, idOf, known } = list
  let isKnown = stored.has(key)
  let isAsking = false
  /** A snapshot has come while the list was read. */
  let isStale = false

  const readAll = async () => {
    const before = new Map(known())
    const listed = new Set<string>()
    let cursor: string | undefined
    do {
      const page: Page<Item> = await rest.read({ path, query: { cursor, limit: 200 }, schema })
      for (const item of page.items) {
        listed.add(idOf(item))
        await write(list.adopt(item))
      }
      cursor = page.cursor
    } while (cursor !== undefined)
    // What the list lacks is gone, unless an event has come since the list was asked for.
    for (const [id, { revision }] of before)
      if (!listed.has(id) && known().get(id)?.revision === revision) await write(list.drop(id, revision))
  }
  const live = () => {
    if (isKnown || isAsking || !isLive()) return
    isAsking = true
    isKnown = true
    isStale = false
    readAll()
      .then(() => write(isKnown ? [{ key, value: true }] : []))
      .catch((thrown) => {
        isKnown = false
        // A server of an earlier version has no such list. After a lost connection the next one asks again.
        if (isLive() && toBackscrollError(thrown).code !== 'not_found') onError(thrown)
      })
      .finally(() => {
        isAsking = false
        if (isStale) live()
      })
  }
  return {
    /** A connection is live. */
    live,
    take: (event: ClientEvent): readonly StoreChange[] => {
      if (event.type !== 'snapshot' || !event.last || !isKnown) return []
      isKnown = false
      isStale = isAsking
      queueMicrotask(live)
      return [{ key, value: undefined }]
    },
  }
}
