import { setTimeout as sleep } from 'node:timers/promises'
import { type LoggedEvent, logHead, readLog } from '../server/log.ts'
import { openServer } from '../server/process.ts'
import type { Step } from './steps.ts'

/** What may happen to a server. */
export type ServerStep = Extract<Step, { name: 'kill_server' | 'restart_server' | 'outage' }>

/** What the devices of a chaos run talk to: one process, or many. */
export interface ChaosServer {
  /** Holds the signing keys. */
  readonly directory: string
  /** Where the next connection goes, to any process that serves devices. */
  port(): number
  /** The whole log, oldest first. */
  log(): Promise<readonly LoggedEvent[]>
  /** Position of the last event of each log. */
  logHeads(): Promise<readonly number[]>
  /** After the last trouble something more comes within this time, until everybody has caught up. */
  readonly settleMs: number
  /** Begins a trouble that ends by itself. */
  disturb(step: ServerStep): void
  /** What its processes printed, for who looks into a failure. */
  output(): string
  /** Resolves when all troubles are over and everything serves again. */
  heal(): Promise<void>
  discard(): Promise<void>
}

/** One process with its data in a directory. */
export const openChaosServer = async (env: Readonly<Record<string, string>>): Promise<ChaosServer> => {
  const server = await openServer({ env })
  await server.start()
  const port = Number(new URL(server.url).port)
  /** The steps go on while it is away. */
  let coming: Promise<void> = Promise.resolve()
  const bringBack = (signal: 'SIGKILL' | 'SIGTERM', ms: number) => {
    coming = coming.then(async () => {
      await server.stop(signal)
      await sleep(ms)
      await server.start()
    })
    // A server that does not start again fails the run when it is awaited.
    coming.catch(() => undefined)
  }

  return {
    directory: server.directory,
    port: () => port,
    log: async () => readLog(server.directory),
    logHeads: async () => [logHead(server.directory)],
    settleMs: 30_000,
    disturb: ({ name, ms }) => {
      if (name !== 'outage') bringBack(name === 'kill_server' ? 'SIGKILL' : 'SIGTERM', ms)
    },
    output: server.output,
    heal: () => coming,
    discard: server.discard,
  }
}
