import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { OperatorError } from '../../../../src/ports/errors/operator-error.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { logEvent } from '../../../support/event-log/events.ts'

const opener = new URL('../../../support/event-log/opener.ts', import.meta.url).pathname

describe('the data directory of the embedded log', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  beforeEach(() => {
    directory = temporaryDirectory()
  })
  afterEach(() => directory.remove())

  const open = (path = directory.path) => openEmbeddedLog({ directory: path })
  const refusal = async (path = directory.path) => {
    const error = await open(path).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(OperatorError)
    const message = error instanceof Error ? error.message : ''
    expect(message).not.toContain('\n')
    return message
  }

  it('is created when it does not exist', async () => {
    const log = await open(join(directory.path, 'deep', 'down'))
    await log.append('a', [logEvent('x')], 'no_stream')
    await log.close()
  })

  it('is refused to a second process with one clear line', async () => {
    const log = await open()
    const { stdout } = await promisify(execFile)(process.execPath, [opener, directory.path])
    expect(stdout).toMatch(/^OperatorError: Another Backscroll process is using .*: stop it first, or .*\n$/)
    expect(stdout.trim()).not.toContain('\n')
    await log.append('a', [logEvent('x')], 'no_stream')
    await log.close()
    const { stdout: later } = await promisify(execFile)(process.execPath, [opener, directory.path])
    expect(later).toBe('open\n')
  })

  it('is refused to a second open in the same process, which leaves the first as it was', async () => {
    const log = await open()
    expect(await refusal()).toContain('Another Backscroll process is using')
    expect(await refusal()).toContain('Another Backscroll process is using')
    await log.append('a', [logEvent('x')], 'no_stream')
    await log.close()
    await (await open()).close()
  })

  it('is refused to a second process also when somebody has deleted the lock file', async () => {
    const log = await open()
    await log.append('a', [logEvent('x')], 'no_stream')
    rmSync(join(directory.path, 'events.lock'))
    const { stdout } = await promisify(execFile)(process.execPath, [opener, directory.path])
    expect(stdout).toMatch(/^OperatorError: Another Backscroll process is using .*: stop it first, or .*\n$/)
    await log.append('a', [logEvent('y')], 0)
    await log.close()
    const { stdout: later } = await promisify(execFile)(process.execPath, [opener, directory.path])
    expect(later).toBe('open\n')
  })

  it('is refused when a newer version has written it, and left unchanged', async () => {
    await (await open()).close()
    const file = new Database(join(directory.path, 'events.db'))
    file.pragma('user_version = 99')
    file.close()
    expect(await refusal()).toMatch(/written by a newer version of Backscroll \(format 99, .*\): start that version/)
    const after = new Database(join(directory.path, 'events.db'), { readonly: true })
    expect(after.pragma('user_version', { simple: true })).toBe(99)
    after.close()
  })

  it('[P5] is refused when a version has written it that also took plaintext, and left unchanged', async () => {
    const log = await open()
    await log.append('a', [logEvent('x', { body: 'aGVsbG8=' })], 'no_stream')
    await log.close()
    const path = join(directory.path, 'events.db')
    const file = new Database(path)
    file.pragma('user_version = 1')
    file.close()
    const before = readFileSync(path)
    expect(await refusal()).toMatch(
      /took messages in plaintext \(format 1, .*\) .*: start that version, or choose another/,
    )
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('is refused when events.db is not an event log', async () => {
    writeFileSync(join(directory.path, 'events.db'), 'this is no database, whatever its name says'.repeat(100))
    expect(await refusal()).toContain('is not an event log or is damaged')
  })

  it('is refused when its path is a file', async () => {
    const path = join(directory.path, 'file')
    writeFileSync(path, '')
    expect(await refusal(path)).toMatch(/^The data directory .*file is not a directory: check the path$/)
  })

  it('keeps no text of a blanked body in any file, also while it runs and is read', { timeout: 40_000 }, async () => {
    const log = await open()
    const secret = 'the-secret-ciphertext'.repeat(20)
    const isLeft = () =>
      readdirSync(directory.path).some((name) => readFileSync(join(directory.path, name)).includes('the-secret-cipher'))
    await log.append('a', [logEvent('x', { body: secret }), logEvent('y')], 'no_stream')
    expect(isLeft()).toBe(true)
    await log.append('a', [logEvent('z', { body: null, target: 0, blanksTarget: true })], 1)
    for (let n = 0; isLeft() && n < 300; n += 1) {
      expect((await log.readStream({ stream: 'a', from: 0, limit: 10 })).at(0)?.body).toBeNull()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(isLeft()).toBe(false)
    await log.close()
  })

  it('keeps no text of a blanked body in its files', async () => {
    const log = await open()
    const secret = 'the-secret-ciphertext'.repeat(20)
    await log.append('a', [logEvent('x', { body: secret }), logEvent('y')], 'no_stream')
    await log.append('a', [logEvent('z', { body: null, target: 0, blanksTarget: true })], 1)
    await log.close()
    const file = new Database(join(directory.path, 'events.db'), { readonly: true })
    expect(file.serialize().includes('the-secret-ciphertext')).toBe(false)
    file.close()
  })
})
