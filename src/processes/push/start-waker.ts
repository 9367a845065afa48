import { setTimeout as sleep } from 'node:timers/promises'
import type { WakeOutcome } from '../../ports/push.ts'
import { retryDelay } from './retry-delay.ts'
import { createWakeDevices, type WakeDevicesDeps } from './wake-devices.ts'

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

/** If the service refused all wake-ups: the first code, and the longest pause that it asks for. */
const refusedAll = (outcomes: readonly WakeOutcome[]): { readonly code: string; readonly ms: number } | undefined => {
  const failed = outcomes.flatMap((one) => (one.kind === 'refused' || one.kind === 'unsure' ? [one] : []))
  const [first] = failed
  if (first === undefined || failed.length < outcomes.length) return undefined
  const ms = failed.reduce((most, one) => Math.max(most, one.kind === 'refused' ? (one.retryAfterMs ?? 0) : 0), 0)
  return { code: first.code, ms }
}

/**
 * Wakes devices through one service until closed. A service that refuses everything is left alone for a growing
 * time. Meanwhile the wake-ups wait in the store, with one row for each device.
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

  const trouble = async (code: string, ms: number): Promise<void> => {
    if (failures === 0) watch.onTrouble(service.kind, code)
    failures += 1
    await pause(retryDelay(failures - 1, ms, random), signal)
  }

  const round = async (): Promise<void> => {
    poked = new AbortController()
    const { due, outcomes } = await wakeDevices()
    const refused = refusedAll(outcomes)
    if (refused !== undefined) return trouble(refused.code, refused.ms)
    if (outcomes.length > 0) failures = 0
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
