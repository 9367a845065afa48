import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from './engine.ts'
import { layout } from './layout.ts'

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A link is made whole or not at all, so nobody reads a lock that names no process yet. */
const tryToTake = (): boolean => {
  const own = `${layout.lock}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, layout.lock)
    return true
  } catch {
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

const holder = (): number => {
  try {
    return Number(readFileSync(layout.lock, 'utf8'))
  } catch {
    return 0
  }
}

/** Runs `work` while no other `up` or `down` of this checkout does. A lock whose process has died is taken over. */
export const withLock = async <T>(progress: Progress, work: () => Promise<T>): Promise<T> => {
  let told = false
  while (!tryToTake()) {
    const pid = holder()
    if (pid !== 0 && !isRunning(pid)) rmSync(layout.lock, { force: true })
    else await sleep(200)
    if (!told && pid !== 0 && isRunning(pid)) {
      told = true
      progress(`waiting for another command of the services (process ${pid})`)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(layout.lock, { force: true })
  }
}
