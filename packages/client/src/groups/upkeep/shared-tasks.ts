import { isFault } from '../../errors/backscroll-error.ts'
import type { Clock } from '../../time/clock.ts'

/** Between these numbers of milliseconds from now, at random. */
export type Turn = readonly [fromMs: number, toMs: number]

/** Something that any device of a group may do, and one of them should. */
export interface SharedTask {
  /** Undefined: there is nothing to do, or it is being done. */
  readonly due: (conversationId: string) => Turn | undefined
  /** It is this device's turn, and nobody has done it. */
  readonly act: (conversationId: string) => void
}

export interface SharedTasksDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly isLive: () => boolean
  /** Resolves when it is known what others did until now. */
  readonly caughtUp: () => Promise<void>
  readonly onError: (thrown: unknown) => void
}

/** Within this time a device hears what another has done, so that not many of them do it again. */
const perDeviceMs = 40
/** When it failed. */
const againMs = 5_000

/** Longer in a larger group. */
export const turnAmong = (devices: number, [fromMs, toMs]: Turn): Turn => [
  fromMs,
  fromMs + Math.max(toMs - fromMs, devices * perDeviceMs),
]

/** Each device waits a random time; the first one does it, the others see it done. */
export const createSharedTasks = (
  { clock, random, isLive, caughtUp, onError }: SharedTasksDeps,
  tasks: readonly SharedTask[],
) => {
  const waiting = new Set<string>()
  const timers = new Set<() => void>()
  let stopped = false

  const after = (ms: number, call: () => void) => {
    if (stopped) return
    const cancel = clock.after(ms, () => {
      timers.delete(cancel)
      call()
    })
    timers.add(cancel)
  }

  const take = async (id: string, { due, act }: SharedTask) => {
    if (isLive()) await caughtUp()
    if (!stopped && isLive() && due(id) !== undefined) act(id)
  }
  const lookAt = (id: string, task: SharedTask, key: string) => {
    const turn = task.due(id)
    if (turn === undefined || waiting.has(key) || stopped || !isLive()) return
    const [from, to] = turn
    waiting.add(key)
    const scheduleNext = () => {
      waiting.delete(key)
      after(againMs, () => lookAt(id, task, key))
    }
    // Without a connection nothing can be done: it is looked at again when there is one.
    const failed = (thrown: unknown) => {
      if (isFault(thrown)) onError(thrown)
      scheduleNext()
    }
    after(from + random() * (to - from), () => void take(id, task).then(scheduleNext, failed))
  }
  return {
    /** Something happened in this conversation, or the connection is back. */
    look: (conversationId: string): void => {
      for (const [index, task] of tasks.entries()) lookAt(conversationId, task, `${index}/${conversationId}`)
    },
    stop: (): void => {
      stopped = true
      for (const cancel of timers) cancel()
    },
  }
}
