/** One page of a list [R1]; `cursor` is absent on the last. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly cursor?: string
}

export interface PageRequest {
  readonly cursor?: string | undefined
  readonly limit: number
}

/** A page built from the first results. */
export const toBuiltPage = <Found, Item>(
  found: readonly Found[],
  items: readonly Item[],
  cursorAfter: (last: Found) => string,
): Page<Item> => {
  const last = found[items.length - 1]
  return found.length > items.length && last !== undefined ? { items, cursor: cursorAfter(last) } : { items }
}

/** Cuts off the one extra item that only tells whether there is more. */
export const toPage = <Found, Item>(
  found: readonly Found[],
  limit: number,
  item: (found: Found) => Item,
  cursorAfter: (last: Found) => string,
): Page<Item> => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const more = found.length > limit && last !== undefined
  return more ? { items: items.map(item), cursor: cursorAfter(last) } : { items: items.map(item) }
}
