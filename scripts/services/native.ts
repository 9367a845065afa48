import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { logOf, runningDaemon, startDaemon, stopDaemon } from './daemon.ts'
import type { NativeEngine, Progress } from './engine.ts'
import type { EngineState } from './state.ts'
import { ports } from './versions.ts'

const readyWithinMs = 120_000

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

const anyFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })

/** Its own port, or any other while somebody else (perhaps another checkout's engine) has that one: the state says which. */
const choosePort = async (engine: NativeEngine, progress: Progress): Promise<number> => {
  if (await isFree(ports[engine.name])) return ports[engine.name]
  const port = await anyFreePort()
  progress(`port ${ports[engine.name]} is taken by another process, using ${port}`)
  return port
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).split('\n')[0] ?? ''

/** Waits until the engine answers as it would to a client. Rejects when its process has ended, or after two minutes. */
const untilReady = async (engine: NativeEngine, url: string): Promise<string> => {
  const giveUpAt = Date.now() + readyWithinMs
  for (;;) {
    try {
      return await engine.probe(url)
    } catch (error) {
      const why = `${messageOf(error)} (its log: ${logOf(engine.name)})`
      if (runningDaemon(engine.name) === undefined) throw new Error(`it ended while starting: ${why}`)
      if (Date.now() > giveUpAt) throw new Error(`no answer within ${readyWithinMs / 1000} s: ${why}`)
      await sleep(200)
    }
  }
}

const start = async (engine: NativeEngine, progress: Progress): Promise<number> => {
  const port = await choosePort(engine, progress)
  await engine.prepare(port, progress)
  await startDaemon(engine.name, port, engine.daemon(port))
  return port
}

/** Brings one engine up and waits until it serves; one that serves already is left alone. Never rejects. */
export const up = async (engine: NativeEngine, progress: Progress): Promise<EngineState> => {
  const reason = engine.missing()
  if (reason !== undefined) return { status: 'unavailable', reason }
  try {
    const port = runningDaemon(engine.name)?.port ?? (await start(engine, progress))
    const url = engine.url(port)
    return { status: 'running', by: 'native', url, version: await untilReady(engine, url) }
  } catch (error) {
    return { status: 'failed', reason: messageOf(error) }
  }
}

export const down = (engine: NativeEngine): Promise<boolean> =>
  stopDaemon(engine.name, engine.daemon(ports[engine.name]).stopSignal ?? 'SIGTERM')

export const purge = (engine: NativeEngine): void => rmSync(engine.data(), { recursive: true, force: true })
