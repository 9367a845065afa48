import { setTimeout as sleep } from 'node:timers/promises'
import type { BusSlice, SliceConsumer } from '../../ports/event-bus.ts'

/** The slices of one partition that have arrived and were not taken yet. */
export interface SliceSource {
  /** The oldest slice, the same until it is taken; undefined when there is none now. */
  next(): BusSlice | undefined
  /** The slice that `next` gave last was taken. */
  taken(): void
}

/** One member's hold of a partition. */
export interface Hold {
  /** There may be more to take. */
  wake(): void
  /**
   * Ends it. The consumer is closed at once, even while it takes a slice, which then may or may not have been
   * taken. Resolves when it is closed and this calls it no more.
   */
  release(): Promise<void>
}

export interface HoldDeps {
  readonly source: SliceSource
  readonly open: (partition: number) => Promise<SliceConsumer>
  readonly onError: (error: unknown) => void
  /** The wait after the first failure; doubled with each further one, at most 5 s. Default 200 ms. */
  readonly retryMs?: number
}

const mostRetryMs = 5_000

/**
 * Hands over one slice after the other. After a failure the consumer is closed, opened again after a while, and
 * gets the slice again.
 */
export const holdPartition = (partition: number, deps: HoldDeps): Hold => {
  const { source, open, onError, retryMs = 200 } = deps
  const released = new AbortController()
  let consumer: SliceConsumer | undefined
  let woken = Promise.withResolvers<void>()
  let failures = 0

  const closeConsumer = async (): Promise<void> => {
    const held = consumer
    consumer = undefined
    try {
      await held?.close()
    } catch (error) {
      onError(error)
    }
  }

  const takeNext = async (): Promise<void> => {
    consumer ??= await open(partition)
    if (released.signal.aborted) return
    const slice = source.next()
    if (slice === undefined) {
      woken = Promise.withResolvers()
      return woken.promise
    }
    await consumer.take(slice)
    source.taken()
    failures = 0
  }

  const recover = async (error: unknown): Promise<void> => {
    if (released.signal.aborted) return
    onError(error)
    await closeConsumer()
    const wait = Math.min(retryMs * 2 ** failures, mostRetryMs)
    failures += 1
    await sleep(wait, undefined, { signal: released.signal }).catch(() => undefined)
  }

  const run = async (): Promise<void> => {
    while (!released.signal.aborted) await takeNext().catch(recover)
  }
  const running = run()

  return {
    wake: () => woken.resolve(),
    release: async () => {
      released.abort()
      woken.resolve()
      await Promise.all([closeConsumer(), running])
      // It was still being opened when it was released.
      await closeConsumer()
    },
  }
}
