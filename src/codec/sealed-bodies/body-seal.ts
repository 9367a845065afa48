import type { BodyKeys, KeySlice } from '../../ports/body-keys.ts'
import { LogError, type NewEvent, type RecordedEvent } from '../../ports/event-log.ts'
import { createKeyRing } from './key-ring.ts'
import { leafOf, leavesOfTree } from './key-tree.ts'
import { openText, placeOfSealed, type SealKeys, type SealPlace, sealText } from './sealed-text.ts'

export interface BodySealOptions {
  readonly keys: Pick<BodyKeys, 'load' | 'obtain'>
  /** The life of the log: in another one the same revisions come again. No dot. */
  readonly life: string
  /** The types of the events whose bodies are sealed: those that can be deleted, or expire. */
  readonly types: ReadonlySet<string>
  /** The keys of a stream are not there, of which no deletion can be the reason. */
  readonly onMissing: (stream: string) => void
}

/** Seals bodies on their way into a log and opens them on their way out. Promises only where keys have to be asked for. */
export interface BodySeal {
  /** `first`: the revision that the first of the events is to have. */
  seal(stream: string, events: readonly NewEvent[], first: number): readonly NewEvent[] | Promise<readonly NewEvent[]>
  /** The body of what was deleted, or has expired, is null: its keys are gone. */
  open(events: readonly RecordedEvent[]): readonly RecordedEvent[] | Promise<readonly RecordedEvent[]>
}

export const sliceOf = (revision: number): number => Math.floor(revision / leavesOfTree)
const leafAt = (revision: number): number => revision % leavesOfTree

type Placed<Event> = readonly [event: Event, place: SealPlace]
type Trees = ReadonlyMap<string, Uint8Array | undefined>

const slicesOf = (stream: string, { life, root, own }: SealPlace): readonly KeySlice[] =>
  [...new Set([sliceOf(root), sliceOf(own)])].map((slice) => ({ life, stream, slice }))

const nameOf = ({ life, stream, slice }: KeySlice): string => `${life}/${slice}/${stream}`

/** What the slices hold; a promise only where one of them is not at hand. */
const gather = (
  slices: Iterable<KeySlice>,
  find: (slice: KeySlice) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
): Trees | Promise<Trees> => {
  const found = new Map<string, Uint8Array | undefined>()
  const waiting: Promise<void>[] = []
  for (const slice of slices) {
    const name = nameOf(slice)
    if (found.has(name)) continue
    const tree = find(slice)
    found.set(name, tree instanceof Promise ? undefined : tree)
    if (tree instanceof Promise) waiting.push(tree.then((one) => void found.set(name, one)))
  }
  return waiting.length === 0 ? found : Promise.all(waiting).then(() => found)
}

const keysAt = (trees: Trees, stream: string, { life, root, own }: SealPlace): SealKeys | undefined => {
  const leaf = (revision: number): Uint8Array | undefined => {
    const tree = trees.get(nameOf({ life, stream, slice: sliceOf(revision) }))
    return tree && leafOf(tree, leafAt(revision))
  }
  const [atRoot, atOwn] = [leaf(root), root === own ? undefined : leaf(own)]
  if (root === own) return atRoot && { root: atRoot, own: atRoot }
  return atRoot && atOwn && { root: atRoot, own: atOwn }
}

const isPromise = <Value>(value: Value | Promise<Value>): value is Promise<Value> => value instanceof Promise

export const createBodySeal = ({ keys, life, types, onMissing }: BodySealOptions): BodySeal => {
  const ring = createKeyRing(keys)

  const toSeal = (events: readonly NewEvent[], first: number): readonly Placed<NewEvent>[] =>
    events.flatMap((event, index): Placed<NewEvent>[] => {
      const own = first + index
      return event.body !== null && types.has(event.type) ? [[event, { life, root: event.target ?? own, own }]] : []
    })

  const sealed = (stream: string, event: NewEvent, place: SealPlace, trees: Trees): NewEvent => {
    const found = keysAt(trees, stream, place)
    if (found === undefined)
      throw new LogError(
        'log_damaged',
        `The keys of ${stream} at ${place.own} are gone: a restored log needs \`backscroll renew-epoch\``,
      )
    return { ...event, body: event.body === null ? null : sealText(event.body, found, { stream, id: event.id }, place) }
  }

  const toOpen = (events: readonly RecordedEvent[]): readonly Placed<RecordedEvent>[] =>
    events.flatMap((event): Placed<RecordedEvent>[] => {
      const place = event.body === null ? undefined : placeOfSealed(event.body)
      return place === undefined ? [] : [[event, place]]
    })

  const opened = (event: RecordedEvent, place: SealPlace, trees: Trees): RecordedEvent => {
    const { stream, body } = event
    if (slicesOf(stream, place).some((slice) => trees.get(nameOf(slice)) === undefined)) onMissing(stream)
    const found = keysAt(trees, stream, place)
    return { ...event, body: body === null || found === undefined ? null : openText(body, found, event) }
  }

  /** The events, with those that are placed replaced. */
  const replaced = <Event>(
    events: readonly Event[],
    placed: readonly Placed<Event>[],
    trees: Trees,
    change: (event: Event, place: SealPlace, trees: Trees) => Event,
  ): readonly Event[] => {
    const places = new Map(placed)
    return events.map((event) => {
      const place = places.get(event)
      return place === undefined ? event : change(event, place, trees)
    })
  }

  return {
    seal: (stream, events, first) => {
      const placed = toSeal(events, first)
      if (placed.length === 0) return events
      const trees = gather(
        placed.flatMap(([, place]) => slicesOf(stream, place)),
        ring.toSeal,
      )
      const finish = (found: Trees) =>
        replaced(events, placed, found, (event, place) => sealed(stream, event, place, found))
      return isPromise(trees) ? trees.then(finish) : finish(trees)
    },
    open: (events) => {
      const placed = toOpen(events)
      if (placed.length === 0) return events
      const trees = gather(
        placed.flatMap(([{ stream }, place]) => slicesOf(stream, place)),
        ring.toOpen,
      )
      const finish = (found: Trees) => replaced(events, placed, found, opened)
      return isPromise(trees) ? trees.then(finish) : finish(trees)
    },
  }
}
