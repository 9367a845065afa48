import type { Receipt } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'
import type { LazyRecords } from '../stores/lazy-records.ts'

const reached = z.object({ delivered: z.int(), read: z.int() })
const record = z.record(z.string(), reached)

/** How far a person has come, on the device that is furthest. */
export type Reached = z.output<typeof reached>

/** Other people's watermarks. What `raise` returns is noted, and is to be stored. */
export interface MarkShelf {
  raise(conversationId: string, receipts: readonly Receipt[]): Promise<readonly StoreChange[]>
  /** By user. */
  of(conversationId: string): Promise<ReadonlyMap<string, Reached>>
}

/** One record a conversation, without names in its key: who reads an encrypted store does not learn who is in it. */
const keyOf = (id: string): string => `seen/${id}/all`

const raised = (before: Reached | undefined, { read = 0, delivered = read }: Receipt): Reached => ({
  delivered: Math.max(before?.delivered ?? 0, delivered),
  read: Math.max(before?.read ?? 0, read),
})

export const createMarkShelf = (lazy: LazyRecords): MarkShelf => {
  const of = async (id: string) => {
    const found = record.safeParse(await lazy.get(keyOf(id)))
    return new Map(Object.entries(found.success ? found.data : {}))
  }
  return {
    of,
    raise: async (id, receipts) => {
      const marks = await of(id)
      for (const one of receipts) marks.set(one.userId, raised(marks.get(one.userId), one))
      const changes = [{ key: keyOf(id), value: Object.fromEntries(marks) }]
      lazy.note(changes)
      return changes
    },
  }
}
