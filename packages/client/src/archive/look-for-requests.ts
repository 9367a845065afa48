import type { Clock } from '../time/clock.ts'

export interface LookForRequestsDeps {
  /** Whether a request was answered. */
  readonly look: () => Promise<boolean>
  readonly clock: Clock
  readonly isClosed: () => boolean
  readonly onError: (thrown: unknown) => void
}

/** A device that was added asks within seconds, unless it loses its connection. Milliseconds after it was added. */
const afterAdded = [500, 1_500, ...Array.from({ length: 15 }, (_, index) => 4_000 * (index + 1))]
const everyMs = 300_000

/** When an older device looks for requests: when it goes live, after a device was added, and now and then. */
export const createLookForRequests = ({ look, clock, isClosed, onError }: LookForRequestsDeps) => {
  let isRunning = false
  let isWanted = false
  let cancel = () => {}

  const run = async () => {
    do {
      isWanted = false
      try {
        if (await look()) lookOften()
      } catch (thrown) {
        if (!isClosed()) onError(thrown)
      }
    } while (isWanted && !isClosed())
  }
  const now = () => {
    isWanted = true
    if (isRunning) return
    isRunning = true
    void run().finally(() => {
      isRunning = false
    })
  }
  /** Also after an answer, since the other device begins anew if it could not use it. */
  const lookOften = () => {
    for (const ms of afterAdded) after(ms)
  }
  const plan = () => {
    cancel()
    if (!isClosed())
      cancel = clock.after(everyMs, () => {
        now()
        plan()
      })
  }
  const cancels = new Set<() => void>()
  const after = (ms: number) => {
    const stop = clock.after(ms, () => {
      cancels.delete(stop)
      if (!isClosed()) now()
    })
    cancels.add(stop)
  }
  return {
    live: () => {
      now()
      plan()
    },
    added: lookOften,
    stop: () => {
      cancel()
      for (const stop of cancels) stop()
    },
  }
}
