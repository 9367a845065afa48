import type { Signal } from '../events/client-events.ts'
import type { Clock } from '../time/clock.ts'

/** A leader whose lock was stolen learns of it within this time. */
const delayMs = 3_000

/**
 * The server allows one connection for each device, so `replaced` may come from the tab that has taken over. The
 * signal is delayed until this tab knows.
 */
export const signalPatiently =
  (signal: (given: Signal) => void, clock: Clock, isOver: () => boolean) =>
  (given: Signal): void => {
    const isReplaced = given.type === 'state' && given.state.name === 'stopped' && given.state.reason === 'replaced'
    if (!isReplaced) signal(given)
    else clock.after(delayMs, () => (isOver() ? undefined : signal(given)))
  }
