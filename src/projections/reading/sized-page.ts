import { pageCharacters } from './page-size.ts'

interface BuildOptions {
  /** How many items are built at once: they are in memory together. */
  readonly batch: number
  readonly maxCharacters?: number
}

/**
 * Builds items in order, until they reach the size of a page; at least one, if there is any. May answer fewer than
 * were found.
 */
export const buildPage = async <Found, Item>(
  found: readonly Found[],
  { batch, maxCharacters = pageCharacters }: BuildOptions,
  build: (some: readonly Found[]) => Promise<readonly Item[]>,
): Promise<readonly Item[]> => {
  const items: Item[] = []
  let characters = 0
  for (let start = 0; start < found.length; start += batch) {
    for (const item of await build(found.slice(start, start + batch))) {
      items.push(item)
      characters += JSON.stringify(item).length
      if (characters >= maxCharacters) return items
    }
  }
  return items
}
