import { UndecodableEvent } from '../../codec/undecodable-event.ts'
import { passes } from './retry-attempts.ts'

/** What to go by when several failed: what is tried longest. */
const rank = (error: unknown): number => (passes(error) ? 0 : error instanceof UndecodableEvent ? 2 : 1)

/**
 * Does the work for each item, one after the other, also when it failed for one. Then throws what it threw: rather what
 * passes by itself than what may, and that rather than an `UndecodableEvent`, which does not.
 */
export const doAll = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  const failures: unknown[] = []
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures.toSorted((a, b) => rank(a) - rank(b))[0]
}
