import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startCli } from '../../support/cli/process.ts'
import { type CliWorld, openCliWorld } from '../../support/cli/world.ts'
import { dumpLiveViews, replaceDocument } from '../../support/projections/views-file.ts'
import { startGroup } from '../../support/server/conversation.ts'
import type { ServerProcess } from '../../support/server/process.ts'

let world: CliWorld<'alice' | 'bob' | 'carol'>
let server: ServerProcess
let users: (typeof world)['users']

beforeEach(async () => {
  world = await openCliWorld(['alice', 'bob', 'carol'])
  ;({ server, users } = world)
})
afterEach(() => server.discard())

const views = (...args: readonly string[]) => world.cli('views', ...args)
const list = async () => JSON.parse((await views('list', '--json')).stdout)
const caughtUp = () =>
  expect
    .poll(async () => (await list()).views.every(({ behind }: { behind: string }) => behind === '0'), {
      timeout: 20_000,
    })
    .toBe(true)

describe('backscroll views', { timeout: 120_000 }, () => {
  it('shows a parked stream with its error, and retry brings it back once the cause is gone', async () => {
    const bad = await startGroup(users.alice, [users.bob])
    const good = await startGroup(users.alice, [users.bob])
    await bad.owner.send('before')
    await caughtUp()
    expect(await views('list')).toMatchObject({ code: 0, stdout: expect.stringContaining('No stream is parked.') })

    await server.stop('SIGTERM')
    const whole = replaceDocument(server.directory, 'groups', bad.conversationId, '{"leaves":7}')
    await server.start()
    expect((await bad.owner.add(users.carol)).status).toBe(200)
    await bad.owner.send('behind the poison')
    await good.owner.send('still followed')
    await caughtUp()
    const stream = `conversation-${bad.conversationId}`
    const { parked, parkedCount } = await list()
    expect({ parked, parkedCount }).toEqual({
      parked: [
        {
          stream,
          revision: expect.any(Number),
          position: expect.any(String),
          error: expect.stringContaining('TypeError'),
        },
      ],
      parkedCount: 1,
    })
    const table = await views('list')
    expect(table.code).toBe(1)
    expect(table.stdout).toContain(stream)
    const texts = async ({ conversationId }: typeof bad) =>
      (await users.bob('GET', `/messages?conversationId=${conversationId}`)).json.messages.length
    expect([await texts(bad), await texts(good)]).toEqual([1, 1])

    const early = await views('retry', stream)
    expect([early.code, early.stdout]).toEqual([1, expect.stringContaining('parked again: TypeError')])
    expect((await list()).parkedCount).toBe(1)

    await server.stop('SIGTERM')
    replaceDocument(server.directory, 'groups', bad.conversationId, whole)
    await server.start()
    expect(await views('retry', stream)).toMatchObject({ code: 0, stdout: 'It is followed again.\n' })
    expect(await views('list')).toMatchObject({ code: 0 })
    expect(await texts(bad)).toBe(2)
    expect((await users.carol('GET', `/conversations/${bad.conversationId}`)).status).toBe(200)

    expect(await views('retry', stream)).toMatchObject({ code: 78, stderr: expect.stringContaining('is not parked') })
    const mended = dumpLiveViews(server.directory)
    expect((await views('rebuild')).code).toBe(0)
    expect(dumpLiveViews(server.directory)).toEqual(mended)
  })

  it('rebuild makes new generations that equal the live views byte for byte, and serves them', async () => {
    const group = await startGroup(users.alice, [users.bob])
    for (let n = 0; n < 20; n += 1) await group.owner.send(`body ${n}`)
    await caughtUp()
    const before = { dump: dumpLiveViews(server.directory), views: (await list()).views }
    expect(before.dump.length).toBeGreaterThan(20)
    const { code, stdout } = await views('rebuild', 'timeline', 'conversations', '--json')
    const after = JSON.parse(stdout)
    expect([code, after.failed]).toEqual([0, []])
    const changed = before.views.filter(
      ({ view, generation }: { view: string; generation: string }) =>
        after.views.find((one: { view: string }) => one.view === view).generation !== generation,
    )
    expect(changed.map(({ view }: { view: string }) => view).toSorted()).toEqual(['conversations', 'timeline'])
    expect(dumpLiveViews(server.directory)).toEqual(before.dump)
    const { json } = await users.bob('GET', `/messages?conversationId=${group.conversationId}`)
    expect(json.messages).toHaveLength(20)
  })

  it('refuses in one line what cannot be, and serves none but admins', async () => {
    const unknown = await views('rebuild', 'horoscope')
    expect([unknown.code, unknown.stderr]).toEqual([78, 'The server refused (404): This view does not exist\n'])
    const nobody = await startCli(['views', 'list', '--server', 'http://127.0.0.1:9'], {
      BACKSCROLL_DATA: server.directory,
    }).ended
    expect([nobody.code, nobody.stderr]).toEqual([78, expect.stringMatching(/^No server answers at http.*\n$/)])
    const refused = [
      await users.alice('GET', '/admin/views'),
      await users.alice('POST', '/admin/views/rebuild', { views: [] }),
      await users.alice('POST', '/admin/views/retry', { stream: 'conversation-x' }),
    ]
    for (const answer of refused) expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } })
  })
})
