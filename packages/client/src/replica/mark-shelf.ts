import type { Receipt } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'
import type { LazyRecords } from '../stores/lazy-records.ts'

const reached = z.object({ delivered: z.int(), read: z.int() })
const record = z.record(z.string(), reached)

/** A user's watermarks: the highest over all of the user's devices. */
export type Reached = z.output<typeof reached>

/** Other users' watermarks. The changes that `raise` returns are visible at once, and the caller must store them. */
export interface MarkShelf {
  raise(conversationId: string, receipts: readonly Receipt[]): Promise<readonly StoreChange[]>
  /** The result is keyed by user id. */
  of(conversationId: string): Promise<ReadonlyMap<string, Reached>>
}

/**
 * Each conversation has one record, and its key contains no user id: record keys are not encrypted, so the key must
 * not reveal who is in the conversation.
 */
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
