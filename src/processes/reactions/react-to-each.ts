import { UndecodableEvent } from '../../codec/undecodable-event.ts'
import { passes } from './retry-attempts.ts'

/** Which error counts when several items failed: the one that is retried longest. */
const rank = (error: unknown): number => (passes(error) ? 0 : error instanceof UndecodableEvent ? 2 : 1)

/**
 * Does the work for each item, one after the other, even if it failed for one. Then throws one of the errors: a
 * temporary one before one that may be permanent, and that before an `UndecodableEvent`, which is permanent.
 */
export const reactToEach = async <Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> => {
  const failures: unknown[] = []
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures.toSorted((a, b) => rank(a) - rank(b))[0]
}
