import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { runningDaemon, startDaemon, stopDaemon } from '../../../scripts/services/daemon.ts'
import { createFolders, layout } from '../../../scripts/services/layout.ts'

describe('a service of this machine', () => {
  const port = 1
  let name = ''
  const pidFile = () => join(layout.pids, `${name}.json`)
  beforeEach(() => {
    createFolders()
    name = `test-${randomUUID()}`
  })

  it('is found by its pid file while it runs, and not after it was stopped', async () => {
    await startDaemon(name, port, { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] })
    expect(runningDaemon(name)).toEqual({ pid: expect.any(Number), port })
    expect(await stopDaemon(name, 'SIGTERM')).toBe(true)
    expect(runningDaemon(name)).toBeUndefined()
    expect(await stopDaemon(name, 'SIGTERM')).toBe(false)
  })

  it('is not mistaken for another process that was given its number since', () => {
    writeFileSync(pidFile(), JSON.stringify({ pid: process.pid, startedAt: 'another time', port }))
    expect(runningDaemon(name)).toBeUndefined()
    expect(existsSync(pidFile())).toBe(false)
  })

  it('that cannot be started rejects and leaves no pid file', async () => {
    await expect(startDaemon(name, port, { command: '/nowhere/program', args: [] })).rejects.toThrow(/ENOENT/)
    expect(existsSync(pidFile())).toBe(false)
  })
})
