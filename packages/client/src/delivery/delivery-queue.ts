import { type ConversationEvent, isConversationEvent } from '@backscroll/protocol/conversation-events'
import type { Receipt, WireEvent } from '@backscroll/protocol/server-frames'
import type { BlockList } from '../account/block-list.ts'
import { readableOf } from '../content/readable-content.ts'
import type { ClientEvent } from '../events/client-events.ts'
import { type ConversationClientEvent, shownEvent } from '../events/conversation-event.ts'
import type { DecryptedEvent } from '../events/decrypted-event.ts'
import type { EventFeed } from '../events/event-feed.ts'
import { accountChange, checkpointChange, streamChange } from '../records/client-records.ts'
import type { Replica } from '../replica/replica.ts'
import type { ClientStore, StoreChange } from '../stores/client-store.ts'
import type { Tracked } from '../sync/stream-tracker.ts'
import { type Clock, sleep } from '../time/clock.ts'
import { createReceiptWatermarks } from './receipt-watermarks.ts'

/**
 * Built at the very moment they are written, because the state may have moved on since: a chain's numbers that were
 * read earlier would overwrite newer ones, and a process that starts with them would use a number twice.
 */
export type Changes = () => readonly StoreChange[]

type Item =
  | {
      readonly kind: 'stream'
      readonly event: WireEvent
      readonly tracked: Tracked
      readonly decrypted: DecryptedEvent
    }
  | { readonly kind: 'notice'; readonly event: ClientEvent }
  | { readonly kind: 'write'; readonly changes: Changes }

export interface DeliveryDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly store: ClientStore
  readonly feed: EventFeed
  readonly clock: Clock
  readonly blocks: Pick<BlockList, 'hides' | 'take'>
  readonly replica: Pick<Replica, 'apply'>
  /** What to store along with a message that was handed over. */
  readonly onMessage: (event: WireEvent) => Changes
  readonly onError: (thrown: unknown) => void
}

/**
 * The one queue through which everything reaches the application, and then the store: what concerns an event is
 * stored after it was handed over, and a checkpoint after everything that was queued before it [C6]. After a crash
 * between the two the application sees an event again, with the same stream and revision.
 */
export interface Delivery {
  event(event: WireEvent, tracked: Tracked, decrypted: DecryptedEvent): void
  receipt(receipt: Receipt): void
  notice(event: ClientEvent): void
  checkpoint(checkpoint: string): void
  /** Stores these once everything that is queued now was handed over. */
  write(changes: Changes): void
  size(): number
  /** Resolves when the queue is empty and stored. */
  idle(): Promise<void>
  stop(): void
}

/** How many changes one write takes at most. */
const batch = 500
const retryMs = 1_000

/** The newest change of each key: all that a store has to see. */
const newest = (all: readonly StoreChange[]): readonly StoreChange[] => [
  ...new Map(all.map((change) => [change.key, change])).values(),
]

const nothing: Changes = () => []

/** To be shown once: nothing of it is kept, and nobody waits for that. */
const shownOnce: ReadonlySet<ClientEvent['type']> = new Set(['trust', 'warning', 'failed'])

export const createDelivery = (deps: DeliveryDeps): Delivery => {
  const { me, store, feed, clock, blocks, onError } = deps
  const growing = createReceiptWatermarks()
  let queue: Item[] = []
  let at = 0
  let pending: Changes[] = []
  let running: Promise<void> | undefined
  let stopped = false

  /** What is shown without the server is what the application is told; that it cannot be read keeps nothing else back. */
  const kept = async (event: ClientEvent, isBlocked: boolean): Promise<Changes> => {
    try {
      return await deps.replica.apply(event, isBlocked)
    } catch (thrown) {
      onError(thrown)
      return nothing
    }
  }
  /** One that cannot be handed over, however often it is tried, is reported, and passed over. */
  const tryPublish = async (event: ClientEvent): Promise<boolean> => {
    try {
      return await feed.publish(event)
    } catch (thrown) {
      onError(thrown)
      return true
    }
  }
  /** What to store about it; undefined when the application did not take it. */
  const tell = async (event: ClientEvent): Promise<Changes | undefined> => {
    if (!(await tryPublish(event))) return undefined
    return shownOnce.has(event.type) ? nothing : kept(event, false)
  }
  const eventOf = (event: ConversationEvent, { envelope, unreadable }: DecryptedEvent): ConversationClientEvent => {
    const own = event.actor.userId === me.userId && event.actor.deviceId === me.deviceId
    return shownEvent(event, { conversationId: event.stream.id, own, ...readableOf(envelope), unreadable })
  }
  const publish = async (event: WireEvent, decrypted: DecryptedEvent): Promise<Changes | undefined> => {
    const changes: Changes[] = []
    const all = () => changes.flatMap((each) => each())
    for (const notice of decrypted.before) {
      const told = await tell(notice)
      if (told === undefined) return undefined
      changes.push(told)
    }
    // A newer server tells of what this version knows nothing of.
    if (decrypted.hidden || event.stream.kind === 'user' || !isConversationEvent(event)) return all
    if (blocks.hides(event.stream.id)) changes.push(await kept(eventOf(event, decrypted), true))
    else {
      const told = await tell(eventOf(event, decrypted))
      if (told === undefined) return undefined
      changes.push(told)
    }
    return all
  }
  /** What to store about it; undefined when the application did not take it. */
  const deliver = async (item: Item): Promise<Changes | undefined> => {
    if (item.kind === 'write') return item.changes
    if (item.kind === 'notice') return tell(item.event)
    const { event, tracked, decrypted } = item
    const published = await publish(event, decrypted)
    if (published === undefined) return undefined
    if (event.stream.kind === 'user') {
      const blocked = decrypted.before.flatMap(blocks.take)
      return () => [accountChange(tracked), ...blocked, ...published()]
    }
    // A user is not told that anything came from a blocked user.
    const noted = blocks.hides(event.stream.id) ? nothing : deps.onMessage(event)
    return () => [streamChange(event.stream.id, tracked), ...noted(), ...published()]
  }
  /** The next start would meet it again, so its place is stored: it must not keep all others back for ever. */
  const skip = (item: Item, thrown: unknown): Changes => {
    onError(thrown)
    if (item.kind !== 'stream') return () => []
    const { event, tracked } = item
    return () => [event.stream.kind === 'user' ? accountChange(tracked) : streamChange(event.stream.id, tracked)]
  }
  /** What cannot be built will not be with the next write either: it is left out, and all others are stored. */
  const built = (changes: Changes): readonly StoreChange[] => {
    try {
      return changes()
    } catch (thrown) {
      onError(thrown)
      return []
    }
  }
  const flush = async () => {
    const changes = newest(pending.flatMap(built))
    try {
      if (changes.length > 0) await store.write(changes)
      pending = []
    } catch (thrown) {
      onError(thrown)
      await sleep(clock, retryMs)
    }
  }
  const next = (): Item | undefined => {
    const item = queue[at]
    at += 1
    if (at < 1024 && at < queue.length) return item
    queue = queue.slice(at)
    at = 0
    return item
  }
  /** Once stopped, only what needs nothing but the store is still done. */
  const goesOn = () => (stopped ? queue[at]?.kind === 'write' : queue.length > at || pending.length > 0)
  const run = async () => {
    while (goesOn()) {
      const item = pending.length < batch ? next() : undefined
      const changes = item === undefined ? nothing : await deliver(item).catch((thrown: unknown) => skip(item, thrown))
      if (changes === undefined) break
      if (changes !== nothing) pending.push(changes)
      if (queue.length === at || pending.length >= batch) await flush()
    }
    if (stopped) await flush()
    running = undefined
  }
  const add = (item: Item) => {
    if (stopped) return
    queue.push(item)
    running ??= run()
  }

  return {
    event: (event, tracked, decrypted) => add({ kind: 'stream', event, tracked, decrypted }),
    receipt: (receipt) => {
      const grown = growing(receipt)
      if (grown !== undefined) add({ kind: 'notice', event: { type: 'receipt', receipt: grown } })
    },
    notice: (event) => add({ kind: 'notice', event }),
    checkpoint: (checkpoint) => add({ kind: 'write', changes: () => [checkpointChange(checkpoint)] }),
    write: (changes) => add({ kind: 'write', changes }),
    size: () => queue.length - at,
    idle: async () => running,
    stop: () => {
      stopped = true
    },
  }
}
