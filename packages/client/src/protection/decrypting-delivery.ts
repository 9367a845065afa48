import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { Delivery } from '../delivery/delivery-queue.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { DecryptedEvent } from '../events/decrypted-event.ts'
import { refusalOf } from '../events/malformed-event.ts'
import type { Tracked } from '../sync/stream-tracker.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'
import { deferred } from '../time/deferred.ts'
import type { Protection } from './protection.ts'

/**
 * The stage before delivery. In order, it decrypts each event, stores the resulting changes and only then passes
 * the event on. It does not wait for the application, so a handler may await the sending of its own message.
 */
export interface DecryptingDelivery extends Omit<Delivery, 'event'> {
  event(event: WireEvent, tracked: Tracked, own: string | undefined): void
  /**
   * Runs a task in the same queue. Its result is reported after it is stored, before anything that was queued
   * later. What follows depends on it: a task that fails is reported, and tried again.
   */
  step(task: () => Promise<ClientEvent | undefined>): void
  /** Resolves when everything in the queue has been processed and stored. */
  processed(): Promise<void>
}

type Item =
  | { readonly kind: 'event'; readonly event: WireEvent; readonly tracked: Tracked; readonly own: string | undefined }
  | { readonly kind: 'pass'; readonly pass: () => void }
  | { readonly kind: 'step'; readonly task: () => Promise<ClientEvent | undefined> }

/** How many events are stored with one write. */
const batch = 100

export interface DecryptingDeliveryDeps {
  readonly delivery: Delivery
  readonly protection: Pick<Protection, 'open' | 'save'>
  readonly clock: Clock
  readonly random: () => number
  readonly onError: (thrown: unknown) => void
}

export const createDecryptingDelivery = (deps: DecryptingDeliveryDeps): DecryptingDelivery => {
  const { delivery, protection, clock, random, onError } = deps
  const stopping = deferred()
  let queue: Item[] = []
  let running: Promise<void> | undefined
  let stopped = false

  const open = async (event: WireEvent, own: string | undefined): Promise<DecryptedEvent> => {
    const refusal = refusalOf(event)
    if (refusal !== undefined) return { hidden: true, before: [refusal] }
    try {
      return await protection.open(event, own)
    } catch (thrown) {
      onError(thrown)
      return { unreadable: 'internal', before: [] }
    }
  }
  /** Until it succeeds, or the client is closing: then everything from here on comes again with the next start. */
  const persist = async <Value>(task: () => Promise<Value>): Promise<Value | undefined> => {
    for (let attempt = 0; !stopped; attempt += 1)
      try {
        return await task()
      } catch (thrown) {
        onError(thrown)
        await Promise.race([sleep(clock, backoffMs(attempt, random())), stopping.promise])
      }
    return undefined
  }
  const take = async (item: Item): Promise<() => void> => {
    if (item.kind === 'pass') return item.pass
    if (item.kind === 'step') {
      const told = await persist(item.task)
      return () => (told === undefined ? undefined : delivery.notice(told))
    }
    const decrypted = await open(item.event, item.own)
    return () => delivery.event(item.event, item.tracked, decrypted)
  }
  const run = async () => {
    while (queue.length > 0 && !stopped) {
      const items = queue.slice(0, batch)
      queue = queue.slice(batch)
      const ready: (() => void)[] = []
      for (const item of items) {
        ready.push(await take(item))
        // The item may have been interrupted, and must not be skipped. The whole batch arrives again with the next
        // start.
        if (stopped) break
      }
      if (items.some(({ kind }) => kind !== 'pass')) await persist(protection.save)
      if (stopped) break
      for (const pass of ready) pass()
    }
    running = undefined
  }
  const add = (item: Item) => {
    if (stopped) return
    queue.push(item)
    running ??= run()
  }
  /** With an empty queue the call runs at once. */
  const pass = (call: () => void) => (running === undefined ? call() : add({ kind: 'pass', pass: call }))

  return {
    event: (event, tracked, own) => add({ kind: 'event', event, tracked, own }),
    receipt: (receipt) => pass(() => delivery.receipt(receipt)),
    notice: (event) => pass(() => delivery.notice(event)),
    checkpoint: (checkpoint) => pass(() => delivery.checkpoint(checkpoint)),
    write: (changes) => pass(() => delivery.write(changes)),
    step: (task) => add({ kind: 'step', task }),
    size: () => queue.length + delivery.size(),
    processed: async () => {
      while (running !== undefined) await running
    },
    idle: async () => {
      while (running !== undefined) await running
      await delivery.idle()
    },
    stop: () => {
      stopped = true
      stopping.resolve()
      queue = []
      delivery.stop()
    },
  }
}
