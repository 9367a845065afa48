import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { layout } from './layout.ts'

export type DaemonSpec = {
  command: string
  args: readonly string[]
  env?: Record<string, string>
  cwd?: string
  /** SIGTERM unless told. */
  stopSignal?: NodeJS.Signals
}

/** A number alone may have been given to another process since: the time of its start tells them apart. */
type PidFile = { pid: number; startedAt: string; port: number }

const pidPath = (name: string): string => join(layout.pids, `${name}.json`)

/** In the kernel's ticks since boot; '' where /proc does not say, 'gone' when there is no such process or it is only not reaped yet. */
const startOf = (pid: number): string => {
  try {
    process.kill(pid, 0)
  } catch {
    return 'gone'
  }
  if (!existsSync('/proc/self/stat')) return ''
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'gone' : (fields[19] ?? '')
  } catch {
    return 'gone'
  }
}

/** The daemon of that name, if it runs; a stale pid file is removed. */
export const runningDaemon = (name: string): { pid: number; port: number } | undefined => {
  if (!existsSync(pidPath(name))) return undefined
  const file: PidFile = JSON.parse(readFileSync(pidPath(name), 'utf8'))
  if (startOf(file.pid) === file.startedAt) return { pid: file.pid, port: file.port }
  rmSync(pidPath(name))
  return undefined
}

/** Starts a process that outlives this one; its output goes to `.services/logs/<name>.log`. */
export const startDaemon = async (name: string, port: number, spec: DaemonSpec): Promise<void> => {
  const log = openSync(logOf(name), 'a')
  const options = { detached: true, cwd: spec.cwd ?? layout.home, env: { ...process.env, ...spec.env } }
  const child = spawn(spec.command, spec.args, { ...options, stdio: ['ignore', log, log] })
  try {
    const pid = await new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('spawn', () => resolve(child.pid ?? 0))
    })
    const file: PidFile = { pid, startedAt: startOf(pid), port }
    writeFileSync(pidPath(name), `${JSON.stringify(file)}\n`)
  } finally {
    child.unref()
    closeSync(log)
  }
}

export const logOf = (name: string): string => join(layout.logs, `${name}.log`)

const patienceMs = 20_000

/** Asks it to stop, and kills it after 20 seconds. Answers whether there was one. */
export const stopDaemon = async (name: string, signal: NodeJS.Signals): Promise<boolean> => {
  const daemon = runningDaemon(name)
  if (daemon === undefined) return false
  process.kill(daemon.pid, signal)
  const killAt = Date.now() + patienceMs
  while (runningDaemon(name) !== undefined) {
    if (Date.now() > killAt) process.kill(daemon.pid, 'SIGKILL')
    await sleep(50)
  }
  return true
}
