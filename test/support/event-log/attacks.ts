import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Random = () => number

/** Small, and the same everywhere for a seed. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const below = (random: Random, end: number): number => Math.floor(random() * end)
const oneOf = <Item>(random: Random, items: readonly Item[]): Item => {
  const item = items[below(random, items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

type Attack = (path: string, random: Random, other: string) => string

const overwrite = (path: string, at: number, bytes: Uint8Array): void => {
  const content = readFileSync(path)
  content.set(bytes.subarray(0, content.length - at), at)
  writeFileSync(path, content)
}

const noise = (random: Random, length: number): Uint8Array => Uint8Array.from({ length }, () => below(random, 256))

const attacks: Readonly<Record<string, Attack>> = {
  delete: (path) => {
    rmSync(path)
    return ''
  },
  empty: (path) => {
    truncateSync(path, 0)
    return ''
  },
  cut: (path, random) => {
    const size = below(random, statSync(path).size)
    truncateSync(path, size)
    return `to ${size} bytes`
  },
  flip: (path, random) => {
    const content = readFileSync(path)
    const at = below(random, content.length)
    const bit = below(random, 8)
    content[at] = (content[at] ?? 0) ^ (1 << bit)
    writeFileSync(path, content)
    return `bit ${bit} of byte ${at}`
  },
  zeroes: (path, random) => {
    const at = below(random, Math.ceil(statSync(path).size / 4096)) * 4096
    overwrite(path, at, new Uint8Array(4096))
    return `the page at ${at}`
  },
  noise: (path, random) => {
    const at = below(random, statSync(path).size)
    overwrite(path, at, noise(random, 1 + below(random, 300)))
    return `at ${at}`
  },
  'a page twice': (path, random) => {
    const pages = Math.floor(statSync(path).size / 4096)
    const [from, to] = [below(random, pages) * 4096, below(random, pages) * 4096]
    overwrite(path, to, readFileSync(path).subarray(from, from + 4096))
    return `from ${from} at ${to}`
  },
  'another one': (path, _, other) => {
    cpSync(other, path)
    return other
  },
}

const logFiles = ['events.db', 'events.db-wal', 'events.head'] as const

/** Does one random thing to one file of the log. `others`: directories whose files may take the place of one. Answers what it did. */
export const attackLog = (directory: string, others: readonly string[], random: Random): string => {
  const present = logFiles.filter((name) => (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0) > 0)
  const file = oneOf(random, present)
  const donors = others.map((other) => join(other, file)).filter((path) => existsSync(path))
  const [name, attack] = oneOf(random, Object.entries(attacks))
  return `${file}: ${name} ${attack(join(directory, file), random, oneOf(random, donors))}`
}
