import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { BodyKeys, KeySlice } from '../../ports/body-keys.ts'
import { newTree } from './key-tree.ts'

export interface KeyRing {
  /** What is left of the slice, made now if it never existed. A promise only where the store has to be asked. */
  toSeal(slice: KeySlice): Uint8Array | Promise<Uint8Array>
  /** The same; undefined for one that was never made. */
  toOpen(slice: KeySlice): Uint8Array | undefined | Promise<Uint8Array | undefined>
}

/** How many slices are kept in memory: 10 MB when none is cut. */
const slicesKept = 50_000
/** How soon what was destroyed in the store is dropped here, in milliseconds. */
const keptMs = 60_000
const slicesAtOnce = 500

const nameOf = ({ life, slice, stream }: KeySlice): string => `${life}/${slice}/${stream}`

/** Collects requests while the store answers: one request at a time, however many callers there are. */
const gathering = <Answer>(ask: (slices: readonly KeySlice[]) => Promise<readonly Answer[]>) => {
  const waiting = new Map<string, { readonly slice: KeySlice; readonly answer: PromiseWithResolvers<Answer> }>()
  let running = false

  const askOnce = async (): Promise<void> => {
    const asked = [...waiting.entries()].slice(0, slicesAtOnce)
    for (const [name] of asked) waiting.delete(name)
    try {
      const answers = await ask(asked.map(([, { slice }]) => slice))
      asked.forEach(([, { answer }], index) => {
        answer.resolve(answers[index] as Answer)
      })
    } catch (error) {
      for (const [, { answer }] of asked) answer.reject(error)
    }
  }
  const run = async (): Promise<void> => {
    running = true
    // Requests of the same turn go together.
    await Promise.resolve()
    while (waiting.size > 0) await askOnce()
    running = false
  }

  return (slice: KeySlice): Promise<Answer> => {
    const name = nameOf(slice)
    const one = waiting.get(name) ?? { slice, answer: Promise.withResolvers<Answer>() }
    waiting.set(name, one)
    if (!running) void run()
    return one.answer.promise
  }
}

/** The keys that this process has recently used, in front of the store that has them all. */
export const createKeyRing = (keys: Pick<BodyKeys, 'load' | 'obtain'>): KeyRing => {
  const known = new LRUCache<string, Uint8Array>({ max: slicesKept, ttl: keptMs })
  const obtain = gathering((slices) => keys.obtain(slices, () => newTree(randomBytes(32))))
  const load = gathering((slices) => keys.load(slices))

  const kept = async <Tree extends Uint8Array | undefined>(slice: KeySlice, asked: Promise<Tree>): Promise<Tree> => {
    const tree = await asked
    if (tree !== undefined) known.set(nameOf(slice), tree)
    return tree
  }
  return {
    toSeal: (slice) => known.get(nameOf(slice)) ?? kept(slice, obtain(slice)),
    toOpen: (slice) => known.get(nameOf(slice)) ?? kept(slice, load(slice)),
  }
}
