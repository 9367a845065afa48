import { isExpiring } from '../../domain/event-types.ts'
import type { BodyKeys, KeySlice } from '../../ports/body-keys.ts'
import { LogError } from '../../ports/errors/log-error.ts'
import type { NewEvent, RecordedEvent } from '../../ports/event-log.ts'
import { createKeyRing } from './key-ring.ts'
import { leafOf, leavesOfTree } from './key-tree.ts'
import { openText, placeOfSealed, type SealKeys, type SealPlace, sealText } from './sealed-text.ts'

export interface BodySealOptions {
  readonly keys: Pick<BodyKeys, 'load' | 'obtain'>
  /** The life of the log: in another one the same revisions occur again. No dot. */
  readonly life: string
  /** The keys of a stream are missing, which no deletion can explain. */
  readonly onMissing: (stream: string) => void
}

/**
 * Seals the bodies that can be deleted, or expire, on their way into a log, and opens them on their way out.
 * Answers a promise only where keys have to be fetched.
 */
export interface BodySeal {
  /** `first`: the revision that the first of the events will have. */
  seal(stream: string, events: readonly NewEvent[], first: number): readonly NewEvent[] | Promise<readonly NewEvent[]>
  /** The body of an event that was deleted, or has expired, is null: its keys are gone. */
  open(events: readonly RecordedEvent[]): readonly RecordedEvent[] | Promise<readonly RecordedEvent[]>
}

export const sliceOf = (revision: number): number => Math.floor(revision / leavesOfTree)
const leafAt = (revision: number): number => revision % leavesOfTree

type Tree = Uint8Array | undefined

/** What is left of a slice; present once it was fetched. */
interface Slot {
  tree: Tree
}

/** An event's place, and the slices that its two leaves are in. */
interface Placed {
  readonly place: SealPlace
  readonly root: Slot
  readonly own: Slot
}

const nameOf = ({ life, stream, slice }: KeySlice): string => `${life}/${slice}/${stream}`

/** The slices of one call, each fetched once. `waiting`: for those that are not at hand. */
const createSlots = (find: (slice: KeySlice) => Tree | Promise<Tree>) => {
  const slots = new Map<string, Slot>()
  const waiting: Promise<void>[] = []
  let last: (KeySlice & { readonly slot: Slot }) | undefined

  const ask = (slice: KeySlice): Slot => {
    const tree = find(slice)
    const slot: Slot = { tree: tree instanceof Promise ? undefined : tree }
    slots.set(nameOf(slice), slot)
    if (tree instanceof Promise)
      waiting.push(
        tree.then((one) => {
          slot.tree = one
        }),
      )
    return slot
  }
  /** Neighbours nearly always share a slice: its name is not built again for each of them. */
  const of = (life: string, stream: string, slice: number): Slot => {
    if (last?.slice === slice && last.stream === stream && last.life === life) return last.slot
    const one = { life, stream, slice }
    const slot = slots.get(nameOf(one)) ?? ask(one)
    last = { ...one, slot }
    return slot
  }
  return {
    waiting,
    placed: (stream: string, place: SealPlace): Placed => ({
      place,
      root: of(place.life, stream, sliceOf(place.root)),
      own: of(place.life, stream, sliceOf(place.own)),
    }),
  }
}

const keysOf = ({ place: { root, own }, ...slots }: Placed): SealKeys | undefined => {
  const atRoot = slots.root.tree && leafOf(slots.root.tree, leafAt(root))
  const atOwn = root === own ? atRoot : slots.own.tree && leafOf(slots.own.tree, leafAt(own))
  return atRoot && atOwn && { root: atRoot, own: atOwn }
}

/** The events; those that have a place are changed as soon as the slices are there. */
const changed = <Event>(
  events: readonly Event[],
  placed: readonly (Placed | undefined)[],
  waiting: readonly Promise<void>[],
  change: (event: Event, placed: Placed) => Event,
): readonly Event[] | Promise<readonly Event[]> => {
  if (!placed.some((one) => one !== undefined)) return events
  const finish = () =>
    events.map((event, index) => {
      const one = placed[index]
      return one === undefined ? event : change(event, one)
    })
  return waiting.length === 0 ? finish() : Promise.all(waiting).then(finish)
}

export const createBodySeal = ({ keys, life, onMissing }: BodySealOptions): BodySeal => {
  const ring = createKeyRing(keys)

  const sealed = (stream: string, event: NewEvent, placed: Placed): NewEvent => {
    const found = keysOf(placed)
    if (found === undefined)
      throw new LogError(
        'log_damaged',
        `The keys of ${stream} at ${placed.place.own} are gone: a restored log needs \`backscroll renew-epoch\``,
      )
    const { body, id } = event
    return { ...event, body: body === null ? null : sealText(body, found, { stream, id }, placed.place) }
  }

  const opened = (event: RecordedEvent, placed: Placed): RecordedEvent => {
    const { stream, body } = event
    if (placed.root.tree === undefined || placed.own.tree === undefined) onMissing(stream)
    const found = keysOf(placed)
    return { ...event, body: body === null || found === undefined ? null : openText(body, found, event) }
  }

  return {
    seal: (stream, events, first) => {
      const slots = createSlots(ring.toSeal)
      const placed = events.map(({ body, type, target }, index) => {
        const own = first + index
        return body === null || !isExpiring(type) ? undefined : slots.placed(stream, { life, root: target ?? own, own })
      })
      return changed(events, placed, slots.waiting, (event, one) => sealed(stream, event, one))
    },
    open: (events) => {
      const slots = createSlots(ring.toOpen)
      const placed = events.map(({ body, stream }) => {
        const place = body === null ? undefined : placeOfSealed(body)
        return place && slots.placed(stream, place)
      })
      return changed(events, placed, slots.waiting, opened)
    },
  }
}
