import { setTimeout as sleep } from 'node:timers/promises'
import type { SliceConsumer } from '../../ports/event-bus.ts'

const leastMs = 200
const mostMs = 1_000
/** At most this part of the time is spent writing, unless the pause has its maximum length. */
const share = 4

/**
 * Writing views costs by the batch, and what a conversation brings within a moment goes into the same documents. So
 * after a slice that brought events this pauses, and what comes meanwhile is taken together: until 200 ms after its
 * beginning, or longer when the writing itself takes long, one second at most. The first event after a pause does
 * not wait. `ended` cuts a pause short.
 */
export const pacedWrites =
  (take: SliceConsumer['take'], ended: AbortSignal): SliceConsumer['take'] =>
  async (slice) => {
    const started = performance.now()
    await take(slice)
    if (slice.events.length === 0) return
    const took = performance.now() - started
    const rest = Math.min(mostMs, Math.max(leastMs, took * share)) - took
    if (rest > 0) await sleep(rest, undefined, { signal: ended }).catch(() => undefined)
  }
