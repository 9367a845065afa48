import { rmSync } from 'node:fs'
import { lastLines } from './command.ts'
import { credentials } from './credentials.ts'
import { logOf, runningDaemon, startDaemon, stopDaemon } from './daemon.ts'
import type { Engine, NativeWay, Progress } from './engine.ts'
import { freePort } from './free-port.ts'
import { messageOf, untilReady } from './ready.ts'
import type { EngineState } from './state.ts'
import { ports } from './versions.ts'

/** Its own port, or any other while somebody else (perhaps another checkout's engine) has that one: the state says which. */
const choosePort = async (engine: Engine, progress: Progress): Promise<number> => {
  const port = await freePort(ports[engine.name])
  if (port !== ports[engine.name]) progress(`port ${ports[engine.name]} is taken by another process, using ${port}`)
  return port
}

const start = async (engine: Engine, native: NativeWay, progress: Progress): Promise<number> => {
  const port = await choosePort(engine, progress)
  await native.prepare(port, progress)
  progress(`starting on port ${port}`)
  await startDaemon(engine.name, port, native.daemon(port))
  return port
}

const serve = async (engine: Engine, native: NativeWay, progress: Progress): Promise<EngineState> => {
  const port = runningDaemon(engine.name)?.port ?? (await start(engine, native, progress))
  const url = engine.url(port, credentials())
  const alive = () => runningDaemon(engine.name) !== undefined
  const log = logOf(engine.name)
  const version = await untilReady(engine, url, alive, () => `${lastLines(log)} (all of it: ${log})`)
  return { status: 'running', by: 'native', url, version }
}

/**
 * Brings one engine up as a process of this machine and waits until it serves; one that serves already is left alone. What it needs runs
 * already. Never rejects.
 */
export const upNatively = async (engine: Engine, progress: Progress): Promise<EngineState> => {
  const { native } = engine
  if (native === undefined)
    return { status: 'unavailable', reason: 'it comes as a container only, and no Docker engine answers' }
  const reason = native.missing()
  if (reason !== undefined) return { status: 'unavailable', reason }
  try {
    return await serve(engine, native, progress)
  } catch (error) {
    return { status: 'failed', reason: messageOf(error) }
  }
}

/** Answers whether there was one to stop. */
export const downNatively = async (engine: Engine): Promise<boolean> => {
  const daemon = runningDaemon(engine.name)
  if (daemon === undefined || engine.native === undefined) return false
  return stopDaemon(engine.name, engine.native.daemon(daemon.port).stopSignal ?? 'SIGTERM')
}

export const purgeNatively = (engine: Engine): void => {
  if (engine.native !== undefined) rmSync(engine.native.data(), { recursive: true, force: true })
}
