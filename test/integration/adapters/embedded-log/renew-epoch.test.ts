import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { renewEpoch } from '../../../../src/adapters/embedded/log/renew-epoch.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'renew-epoch-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const event = {
  id: 'a/b/1/0',
  type: 'MessageSent',
  version: 1,
  at: 1,
  userId: 'a',
  deviceId: 'b',
  data: '{}',
  body: null,
}

describe('renewing the epoch of a restored log', () => {
  it('keeps every event and changes the epoch, so that no checkpoint of the lost log is believed (P4)', async () => {
    const log = await openEmbeddedLog({ directory })
    await log.append('conversation-1', [event], 'no_stream')
    await log.close()
    const { before, after } = renewEpoch(directory)
    const reopened = await openEmbeddedLog({ directory })
    expect(before).toBe(log.epoch)
    expect(reopened.epoch).toBe(after)
    expect(after).not.toBe(before)
    expect(await reopened.readAll(0n, 10)).toMatchObject([{ id: 'a/b/1/0', revision: 0 }])
    await reopened.close()
  })

  it('is refused with one line while a server runs on the directory', async () => {
    const log = await openEmbeddedLog({ directory })
    expect(() => renewEpoch(directory)).toThrow(/in use|another/i)
    await log.close()
  })
})
