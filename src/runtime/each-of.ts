/**
 * Returns the results of `work` in the order of `items`, with at most `atOnce` running at a time. Rejects with the
 * first failure.
 */
export const eachOf = async <Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results = new Map<number, Result>()
  const waiting = items.entries()
  const take = async (): Promise<void> => {
    for (const [index, item] of waiting) results.set(index, await work(item))
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take))
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result)
}
