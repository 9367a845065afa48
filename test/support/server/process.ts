import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../bench/process/free-port.ts'

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const watchAnswers = new URL('../api/watch-answers-of-process.ts', import.meta.url).href

/** `node src/main.ts` as a process of its own, which may be killed at any moment and started again on the same data. */
export interface ServerProcess {
  readonly url: string
  readonly socketUrl: string
  readonly directory: string
  readonly pid: () => number | undefined
  /** Everything that all its lives printed. */
  readonly output: () => string
  /** Starts it and waits until it is ready. */
  start(): Promise<void>
  /** Sends a signal and waits for the end; resolves with the exit code, null when the signal ended it. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
  running(): boolean
  /** Kills it and deletes its data. Rejects if it is `documented` and gave an answer that is not in its document. */
  discard(): Promise<void>
}

export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Default: a new directory, deleted by `discard`. */
  readonly directory?: string
  /** How long it may take to be ready, milliseconds; 20 s if absent. */
  readonly readyMs?: number
  /** Holds its answers against its OpenAPI document. Not where its speed or its memory is measured. */
  readonly documented?: true
}

/** The settings of the shell that runs the tests must not reach the server. */
const inherited = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BACKSCROLL_')))

/** Limits that are out of the way, except where a test is about them. */
const generous = {
  BACKSCROLL_FRAMES_PER_SECOND: '100000',
  BACKSCROLL_FRAME_BURST: '1000000',
  BACKSCROLL_REQUESTS_PER_MINUTE: '10000000',
  BACKSCROLL_CONVERSATIONS_PER_HOUR: '1000000',
  BACKSCROLL_ADDITIONS_PER_HOUR: '10000000',
  BACKSCROLL_ADDED_PER_HOUR: '1000000',
  BACKSCROLL_MAX_MEMBERSHIPS: '100000',
  BACKSCROLL_GROUPS_FROM: 'everyone',
  BACKSCROLL_REQUESTS_PER_HOUR: '10000',
  BACKSCROLL_LOOKUPS_PER_HOUR: '1000000',
  BACKSCROLL_MAX_REQUESTS: '1000',
  BACKSCROLL_MAX_REQUESTS_OF_ONE: '1000',
  BACKSCROLL_RECEIPT_WINDOW_MS: '50',
  BACKSCROLL_LOG_LEVEL: 'debug',
}

/** Starts a server process without waiting for anything. */
export const spawnServer = (
  directory: string,
  port: number,
  env: Readonly<Record<string, string>> = {},
  imports: readonly string[] = [],
): ChildProcess =>
  spawn(process.execPath, [...imports.flatMap((one) => ['--import', one]), main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited(),
      ...generous,
      BACKSCROLL_DATA: directory,
      BACKSCROLL_PORT: String(port),
      NODE_NO_WARNINGS: '1',
      ...env,
    },
  })

const untilReady = async (
  url: string,
  child: ChildProcess,
  printed: readonly string[],
  readyMs: number,
): Promise<void> => {
  const until = performance.now() + readyMs
  let answer = 'no answer'
  while (performance.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The server ended with ${child.exitCode ?? child.signalCode}: ${printed.slice(-3).join('')}`)
    const response = await fetch(`${url}/readyz`).catch(() => undefined)
    if (response?.ok === true) return
    if (response !== undefined) answer = await response.text()
    await sleep(25)
  }
  throw new Error(`The server is not ready after ${readyMs / 1000} s, ${answer}: ${printed.slice(-3).join('')}`)
}

export const openServer = async (options: ServerOptions = {}): Promise<ServerProcess> => {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'backscroll-server-')))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const printed: string[] = []
  let child: ChildProcess | undefined

  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  const start = async () => {
    const started = spawnServer(directory, port, options.env, options.documented ? [watchAnswers] : [])
    child = started
    for (const stream of [started.stdout, started.stderr]) stream?.on('data', (data) => printed.push(String(data)))
    await untilReady(url, started, printed, options.readyMs ?? 60_000)
  }
  const stop = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child === undefined || !running()) return child?.exitCode ?? null
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    return child.exitCode
  }
  const undocumented = (): readonly string[] => [...new Set(printed.join('').match(/^undocumented-answer .*$/gm) ?? [])]
  return {
    url,
    socketUrl: `${url.replace('http', 'ws')}/ws`,
    directory,
    pid: () => child?.pid,
    output: () => printed.join(''),
    start,
    stop,
    running,
    discard: async () => {
      await stop('SIGKILL')
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
      if (undocumented().length > 0) throw new Error(undocumented().join('\n'))
    },
  }
}
