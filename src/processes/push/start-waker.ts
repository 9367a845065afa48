import { setTimeout as sleep } from 'node:timers/promises'
import { retryDelay } from './retry-delay.ts'
import { createWakeDevices, type WakeAnswer, type WakeDevicesDeps } from './wake-devices.ts'

export interface Waker {
  /** Something has become due. */
  poke(): void
  /** Stops after the current batch or after a few seconds. Unsettled wake-ups become due again at other processes. */
  close(): Promise<void>
}

export interface WakerDeps extends WakeDevicesDeps {
  readonly onError: (error: unknown) => void
  /** Milliseconds between checks for due wake-ups, for example from other processes. */
  readonly lookMs?: number
}

const patienceMs = 5_000

/**
 * The longest time that a service is left alone. It is short, because the targets that were refused may all be bad ones,
 * and other users wait behind them. Each refused target has a longer pause of its own.
 */
const longestPauseMs = 60_000

/**
 * The code, if the service refused the wake-ups of several users and accepted none. The refusals of one user say
 * nothing about the service, because users choose their targets.
 */
const refusedAll = (answers: readonly WakeAnswer[]): string | undefined => {
  const codes = new Map<string, string>()
  for (const { userId, outcome } of answers) {
    if (outcome.kind !== 'refused' && outcome.kind !== 'unsure') return undefined
    codes.set(userId, outcome.code)
  }
  return codes.size > 1 ? [...codes.values()][0] : undefined
}

/**
 * Wakes devices through one service until closed. A service that refuses everything is left alone for a growing
 * time, at most a minute. Meanwhile the wake-ups wait in the store, with one row for each device.
 */
export const startWaker = (deps: WakerDeps): Waker => {
  const { service, watch, random, onError, lookMs = 1_000 } = deps
  const ending = new AbortController()
  const { signal } = ending
  const wakeDevices = createWakeDevices(deps)
  let poked = new AbortController()
  let failures = 0

  const pause = (ms: number, until: AbortSignal): Promise<void> =>
    sleep(ms, undefined, { signal: AbortSignal.any([signal, until]), ref: false }).catch(() => {})

  const trouble = async (code: string): Promise<void> => {
    if (failures === 0) watch.onTrouble(service.kind, code)
    failures += 1
    await pause(Math.min(longestPauseMs, retryDelay(failures - 1, undefined, random)), signal)
  }

  const round = async (): Promise<void> => {
    poked = new AbortController()
    const { due, answers } = await wakeDevices()
    const refused = refusedAll(answers)
    if (refused !== undefined) return trouble(refused)
    if (answers.some(({ outcome }) => outcome.kind === 'sent')) failures = 0
    if (due === 0) await pause(lookMs, poked.signal)
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted)
      await round().catch(async (error: unknown) => {
        onError(error)
        await pause(lookMs, signal)
      })
  }
  const running = run()

  return {
    poke: () => poked.abort(),
    close: async () => {
      ending.abort()
      await Promise.race([running, sleep(patienceMs, undefined, { ref: false })])
    },
  }
}
