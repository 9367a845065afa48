import { UndecodableEvent } from '../codec/undecodable-event.ts'

/**
 * Does the work for each item, one after the other, also when it failed for one. Then throws what it threw: rather what may pass than an
 * `UndecodableEvent`, which does not.
 */
export const doAll = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  const failures: unknown[] = []
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error))
  if (failures.length === 0) return
  throw failures.find((error) => !(error instanceof UndecodableEvent)) ?? failures[0]
}
