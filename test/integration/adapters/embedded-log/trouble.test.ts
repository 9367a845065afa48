import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EmbeddedLog, openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { startBackgroundScan } from '../../../../src/adapters/embedded/log/integrity/background-scan.ts'
import { type LogFinding, lineOf } from '../../../../src/adapters/embedded/log/integrity/finding.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { logEvent, logEvents } from '../../../support/event-log/events.ts'

const damaged = { name: 'LogError', code: 'log_damaged' }

describe('an embedded log that is damaged while it is open', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  let findings: LogFinding[] = []
  let log: EmbeddedLog
  beforeEach(async () => {
    directory = temporaryDirectory()
    findings = []
    await (await filled()).close()
    log = await open()
  })
  afterEach(async () => {
    await log.close()
    directory.remove()
  })

  const open = () =>
    openEmbeddedLog({ directory: directory.path, recentEvents: 2, onDamage: (finding) => void findings.push(finding) })
  const filled = async () => {
    const fresh = await open()
    for (let n = 0; n < 40; n += 1) await fresh.append(`stream-${n}`, logEvents(`${n}/`, 20), 'no_stream')
    return fresh
  }
  const file = () => join(directory.path, 'events.db')

  const change = (sql: string) => {
    const db = new Database(file())
    db.exec(sql)
    db.close()
  }
  const expectStopped = async (line: RegExp) => {
    expect(log.trouble()).toMatch(line)
    expect(findings.map(lineOf)[0]).toMatch(line)
    await expect(log.append('stream-0', [logEvent('next')], 19)).rejects.toMatchObject(damaged)
    await expect(log.snapshots.save({ stream: 'a', revision: 0, version: 1, state: '' })).rejects.toMatchObject(damaged)
  }

  it.each([
    ['a body', `UPDATE events SET body = 'other' WHERE position = 25`],
    ['a body that is gone', 'UPDATE events SET body = NULL WHERE position = 25'],
    ['a type', `UPDATE events SET type = 'Other' WHERE position = 25`],
    ['a time', 'UPDATE events SET at = at + 1 WHERE position = 25'],
    ['an event that is gone', 'DELETE FROM events WHERE position = 25'],
    ['the end of a stream that is gone', 'DELETE FROM events WHERE position = 40'],
    ['the name of a stream', `UPDATE streams SET name = 'stream-x' WHERE name = 'stream-1'`],
  ])('serves no event that is not what was stored: %s', async (_, sql) => {
    change(sql)
    await expect(log.readAll(0n, 100)).rejects.toMatchObject(damaged)
    await expectStopped(
      /^The event log is damaged: .* at .*: restore a backup .*`backscroll log repair --accept-loss`$/,
    )
  })

  it('reads a stream as far as it is whole, and no further', async () => {
    change(`UPDATE events SET data = '{}' WHERE position = 25`)
    expect(await log.readStream({ stream: 'stream-1', limit: 4 })).toHaveLength(4)
    await expect(log.readStream({ stream: 'stream-1', limit: 5 })).rejects.toMatchObject(damaged)
    await expect(
      log.readStream({ stream: 'stream-1', from: 4, direction: 'backwards', limit: 2 }),
    ).rejects.toMatchObject(damaged)
  })

  it('that cannot be read any more answers every call with the same error, and can be closed', async () => {
    const pages = readFileSync(file())
    pages.fill(0xa5, 4096)
    writeFileSync(file(), pages)
    await expect(log.readAll(0n, 1000)).rejects.toMatchObject(damaged)
    await expectStopped(/^The event log is damaged: events.db cannot be read/)
  })

  it('that can be neither read nor written stops at the first append', async () => {
    const pages = readFileSync(file())
    pages.fill(0xa5, 4096)
    writeFileSync(file(), pages)
    await expect(log.append('stream-3', [logEvent('next')], 19)).rejects.toMatchObject({ name: 'LogError' })
    await expectStopped(/^The event log is damaged/)
  })

  it('whose file is replaced takes nothing more', async () => {
    renameSync(file(), `${file()}.old`)
    writeFileSync(file(), '')
    for (let tries = 0; log.trouble() === undefined && tries < 100; tries += 1) await sleep(100)
    await expectStopped(/^events.db was deleted or replaced while the server runs/)
  })

  it('is found damaged in the background, where nobody reads', async () => {
    change(`UPDATE events SET data = '{}' WHERE position = 333`)
    const scan = startBackgroundScan({ directory: directory.path, onFinding: log.reportDamage, pauseMs: 1, restMs: 50 })
    for (let tries = 0; log.trouble() === undefined && tries < 100; tries += 1) await sleep(100)
    await scan.close()
    await expectStopped(/an event is not what was stored at position 333/)
  })

  it('is closed without terminating the scan, which can abort the process', async () => {
    const terminate = vi.spyOn(Worker.prototype, 'terminate')
    const begin = () => startBackgroundScan({ directory: directory.path, onFinding: log.reportDamage })
    await begin().close()
    const scan = begin()
    await sleep(300)
    await scan.close()
    expect(terminate).not.toHaveBeenCalled()
    terminate.mockRestore()
  })
})
