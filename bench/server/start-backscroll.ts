import { fileURLToPath } from 'node:url'
import { createLocalKeys } from '../../src/identity/tokens/keys/local-keys.ts'
import { freePort } from '../process/free-port.ts'
import { reachable } from '../process/reachable.ts'
import { startChild } from '../process/start-child.ts'
import { openBacklog } from './backlog.ts'
import type { Target } from './target.ts'

export interface BackscrollOptions {
  readonly directory: string
  /** Where the key pair of the tokens is. */
  readonly keys: string
  readonly cpu?: number
  readonly nodeOptions?: readonly string[]
}

export interface BackscrollTarget extends Target {
  /** Position of the log's last event. */
  head(): number
}

const module = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** The defaults of a deployment, but for the limits that protect it from clients like these generators. */
const environment = async ({ directory, keys }: BackscrollOptions, port: number) => ({
  BACKSCROLL_DATA: directory,
  BACKSCROLL_PORT: String(port),
  BACKSCROLL_JWKS_FILE: (await createLocalKeys(keys)).jwksFile,
  BACKSCROLL_LOG_LEVEL: 'warn',
  BACKSCROLL_FRAMES_PER_SECOND: '100000',
  BACKSCROLL_FRAME_BURST: '1000000',
  BACKSCROLL_MAX_IN_FLIGHT: '10000',
  BACKSCROLL_REQUESTS_PER_MINUTE: '10000000',
  BACKSCROLL_GROUPS_FROM: 'everyone',
  BACKSCROLL_CONVERSATIONS_PER_HOUR: '1000000',
  BACKSCROLL_ADDITIONS_PER_HOUR: '10000000',
  BACKSCROLL_ADDED_PER_HOUR: '1000000',
  BACKSCROLL_MAX_MEMBERSHIPS: '100000',
})

/** Longer than a client's and the server's receipts windows together. */
const quietMs = 1200

/** The real server, started as an operator would. */
export const startBackscroll = async (options: BackscrollOptions): Promise<BackscrollTarget> => {
  const { directory, cpu, nodeOptions = [] } = options
  const port = await freePort()
  const env = await environment(options, port)
  const child = startChild({ module, env, nodeOptions, ...(cpu !== undefined && { cpu }) })
  const rest = `http://127.0.0.1:${port}`
  await reachable(`${rest}/readyz`, child.process)
  const backlog = await openBacklog(directory)
  return {
    kind: 'backscroll',
    child,
    url: `ws://127.0.0.1:${port}/ws`,
    rest,
    head: backlog.head,
    settled: () => backlog.caughtUp(quietMs),
    stop: async () => {
      await backlog.close()
      await child.stop()
    },
  }
}
