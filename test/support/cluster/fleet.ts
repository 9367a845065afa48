import { setTimeout as sleep } from 'node:timers/promises'
import type { Role } from '../../../src/config/config-settings.ts'
import type { ServerProcess } from '../server/process.ts'
import type { ClusterWorld } from './world.ts'

/** One process and whoever starts it again. */
export interface Member {
  readonly name: string
  readonly process: ServerProcess
  /** Starts it, if need be several times: what it needs may be away. */
  start(): Promise<void>
  /** Ends it now, and starts it again after a while. One such thing after the other. */
  bringBack(signal: 'SIGKILL' | 'SIGTERM', ms: number): void
  /** Resolves when it serves; rejects if it ended and nobody had told it to. */
  healed(): Promise<void>
}

/** Enough for two processes to die one after the other. */
const patienceMs = 120_000

const createMember = (name: string, process: ServerProcess): Member => {
  let coming: Promise<void> = Promise.resolve()

  const start = async (): Promise<void> => {
    const until = performance.now() + patienceMs
    for (;;) {
      try {
        return await process.start()
      } catch (error) {
        await process.stop('SIGKILL')
        if (performance.now() > until) throw new Error(`${name} does not start`, { cause: error })
        await sleep(500)
      }
    }
  }
  const untilReady = async (): Promise<void> => {
    const until = performance.now() + patienceMs
    for (let reason = ''; ; await sleep(50)) {
      if (!process.running()) throw new Error(`${name} ended by itself: ${process.output().slice(-2_000)}`)
      const answer = await fetch(`${process.url}/readyz`).catch(() => undefined)
      if (answer?.ok === true) return
      if (answer !== undefined) reason = await answer.text()
      if (performance.now() > until) throw new Error(`${name} is not ready: ${reason}`)
    }
  }

  return {
    name,
    process,
    start,
    bringBack: (signal, ms) => {
      coming = coming.then(async () => {
        await process.stop(signal)
        await sleep(ms)
        await start()
      })
      // One that does not start again fails the run when it is awaited.
      coming.catch(() => undefined)
    },
    healed: async () => {
      await coming
      await untilReady()
    },
  }
}

/** The smallest cluster in which any one process may die: two of each. */
export interface Fleet {
  readonly gateways: readonly Member[]
  readonly projectors: readonly Member[]
  readonly relays: readonly Member[]
  readonly all: readonly Member[]
  healed(): Promise<void>
}

export const startFleet = async (world: ClusterWorld): Promise<Fleet> => {
  const two = (name: string, ...roles: readonly Role[]): Promise<readonly Member[]> =>
    Promise.all([1, 2].map(async (n) => createMember(`${name} ${n}`, await world.process(roles))))
  const gateways = await two('gateway', 'api', 'gateway', 'worker')
  const projectors = await two('projector', 'projector')
  const relays = await two('relay', 'relay')
  const all = [...relays, ...projectors, ...gateways]
  await Promise.all(all.map((member) => member.start()))
  return {
    ...{ gateways, projectors, relays, all },
    healed: async () => void (await Promise.all(all.map((member) => member.healed()))),
  }
}
