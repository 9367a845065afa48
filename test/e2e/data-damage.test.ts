import { once } from 'node:events'
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli/process.ts'
import { damageDocument } from '../support/projections/views-file.ts'
import { startGroup } from '../support/server/conversation.ts'
import { openServer, type ServerProcess, spawnServer } from '../support/server/process.ts'
import { type RestUser, restOf } from '../support/server/rest.ts'
import { openTokens } from '../support/server/tokens.ts'

let server: ServerProcess
let alice: RestUser
beforeEach(async () => {
  server = await openServer()
  await server.start()
  alice = await restOf(server.url, await openTokens(server.directory), 'alice')
})
afterEach(() => server.discard())

const talk = async (messages: number) => {
  const group = await startGroup(alice, [])
  for (let n = 0; n < messages; n += 1) await group.owner.send(`message ${n} ${'x'.repeat(500)}`)
  await expect.poll(() => seen(group.conversationId), { timeout: 20_000 }).toBe(messages)
  return group
}
const history = (conversationId: string) => alice('GET', `/messages?conversationId=${conversationId}&limit=200`)
const seen = async (conversationId: string) => (await history(conversationId)).json.messages?.length

/** Something of this life of the server is in the write-ahead log of a file. */
const untilWritten = (name: string) =>
  expect
    .poll(() => statSync(join(server.directory, `${name}-wal`), { throwIfNoEntry: false })?.size ?? 0, {
      timeout: 20_000,
    })
    .toBeGreaterThan(0)

/** Overwrites a page, as a bad disk does it. */
const overwrite = (name: string, page: number, pageSize: number): void => {
  const file = openSync(join(server.directory, name), 'r+')
  writeSync(file, Buffer.alloc(pageSize, 0xff), 0, pageSize, page * pageSize)
  closeSync(file)
}

describe('damage beside the log', { timeout: 120_000 }, () => {
  it('of a document is not shown: the views are made anew, and the server is not ready until they are', async () => {
    const group = await talk(20)
    await server.stop('SIGTERM')
    damageDocument(server.directory, 'timeline', `${group.conversationId}/0000000007`)
    const doctor = await startCli(['doctor'], { BACKSCROLL_DATA: server.directory }).ended
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringMatching(/^WRONG views: views.db is damaged/m)])
    await server.start()
    expect(await history(group.conversationId)).toMatchObject({ status: 503, json: { code: 'unavailable' } })
    const ready = await fetch(`${server.url}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('views')])
    await expect.poll(() => seen(group.conversationId), { timeout: 20_000 }).toBe(20)
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 20_000 }).toBe(200)
    expect(server.output()).toContain('views.db is damaged and is made anew from the event log')
    expect((await startCli(['doctor'], { BACKSCROLL_DATA: server.directory }).ended).stdout).toContain(
      'ok    views: all',
    )
  })

  it('of a page of the views is found after a kill, before anybody comes to it', async () => {
    const group = await talk(200)
    await server.stop('SIGTERM')
    await server.start()
    await group.owner.send('one more')
    await untilWritten('views.db')
    await server.stop('SIGKILL')
    const pages = Math.floor(statSync(join(server.directory, 'views.db')).size / 8192)
    // Some of them are free, or stand newer in the write-ahead log.
    for (let page = Math.floor(pages / 4); page < (pages * 3) / 4; page += 1) overwrite('views.db', page, 8192)
    await server.start()
    expect(server.output()).toContain('views.db is damaged and is made anew from the event log')
    expect(await seen(group.conversationId)).toBe(200)
  })

  it('of the accounts is refused after a kill, with one line that says what to do', async () => {
    await talk(3)
    await server.stop('SIGTERM')
    await server.start()
    expect((await alice('PATCH', '/me', { displayName: 'Alice' })).status).toBe(200)
    await untilWritten('accounts.db')
    await server.stop('SIGKILL')
    const pages = Math.floor(statSync(join(server.directory, 'accounts.db')).size / 4096)
    for (let page = Math.floor(pages / 2); page < pages; page += 1) overwrite('accounts.db', page, 4096)
    const child = spawnServer(server.directory, 0)
    const ended = once(child, 'exit')
    if (child.stderr === null) throw new Error('no standard error')
    const [stderr] = await Promise.all([text(child.stderr), ended])
    expect(child.exitCode).toBe(78)
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^accounts.db is damaged \(.*\): restore the newest backup .*renew-epoch`$/),
    ])
  })
})
