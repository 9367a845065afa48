import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { startGroup } from '../../support/server/conversation.ts'
import { callerOf, restOf } from '../../support/server/rest.ts'

let cluster: MemoryCluster | undefined
afterEach(() => cluster?.close())

interface Report {
  readonly views: readonly { readonly view: string; readonly generation: string; readonly behind: string }[]
  readonly rebuilding: readonly string[]
  readonly parked: readonly { readonly stream: string; readonly error: string }[]
  readonly parkedCount: number
}

/** Two processes keep the views of four partitions, a third is asked. */
const open = async () => {
  const world = await openMemoryCluster({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  cluster = world
  const api = await world.start(['api', 'gateway', 'worker', 'relay'])
  const projectors = [await world.start(['projector']), await world.start(['projector'])]
  const keys = await createLocalKeys(join(world.directory, 'keys'))
  const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
  const tokens = (user: string, device = 'phone') => issueToken(by, { user, device, roles: ['user'], ttl: 3600 })
  const token = await issueToken(by, { user: 'root', device: 'cli', roles: ['user', 'admin'], ttl: 3600 })
  const admin = callerOf(api.url, token)
  const report = async (): Promise<Report> => (await admin('GET', '/admin/views')).json
  const caughtUp = () =>
    expect
      .poll(async () => ((await report()).views ?? [{ behind: '1' }]).every(({ behind }) => behind === '0'), {
        timeout: 20_000,
      })
      .toBe(true)
  const users = {
    alice: await restOf(api.url, tokens, 'alice'),
    bob: await restOf(api.url, tokens, 'bob'),
    carol: await restOf(api.url, tokens, 'carol'),
  }
  return { world, admin, report, caughtUp, users, projectors }
}

/** The stored document of a view, wherever it is, in the place of another one. Answers what was there. */
const replace = ({ hubs }: MemoryCluster, view: string, key: string, text: string): string => {
  for (const [name, documents] of hubs.documents.collections) {
    const found = documents.get(key)
    if (!name.includes(`.${view}.v`) || found === undefined) continue
    documents.set(key, { ...found, text })
    return found.text ?? ''
  }
  throw new Error(`there is no ${view} ${key}`)
}

describe('The views of a cluster', { timeout: 60_000 }, () => {
  it('tell an operator at any process which stream stands still, and follow it again at a command', async () => {
    const { world, admin, report, caughtUp, users, projectors } = await open()
    /** The runner of the views remembers the documents of a moment ago. */
    const put = async (key: string, text: string): Promise<string> => {
      for (const projector of projectors.splice(0)) await projector.stop()
      const before = replace(world, 'groups', key, text)
      projectors.push(await world.start(['projector']), await world.start(['projector']))
      return before
    }
    const bad = await startGroup(users.alice, [users.bob])
    const good = await startGroup(users.alice, [users.bob])
    await caughtUp()
    const whole = await put(bad.conversationId, '{"leaves":7}')
    expect((await bad.owner.add(users.carol)).status).toBe(200)
    await bad.owner.send('behind the poison')
    await good.owner.send('still followed')
    await expect.poll(async () => (await report()).parkedCount, { timeout: 20_000 }).toBe(1)
    const stream = `conversation-${bad.conversationId}`
    expect((await report()).parked).toMatchObject([{ stream, error: expect.stringContaining('TypeError') }])
    const retry = async (one: string) => {
      const { status, json } = await admin('POST', '/admin/views/retry', { stream: one })
      return [status, json.parked ?? json.code]
    }
    expect(await retry(stream)).toEqual([200, true])
    expect(await retry(`conversation-${good.conversationId}`)).toEqual([404, 'not_found'])
    await put(bad.conversationId, whole)
    await caughtUp()
    expect(await retry(stream)).toEqual([200, false])
    expect((await report()).parkedCount).toBe(0)
    await expect.poll(async () => (await users.carol('GET', `/conversations/${bad.conversationId}`)).status).toBe(200)
  })

  it('are rebuilt at a command, and every partition changes over, even one that moves in the meantime', async () => {
    const { world, admin, report, caughtUp, users, projectors } = await open()
    const group = await startGroup(users.alice, [users.bob])
    for (let n = 0; n < 10; n += 1) await group.owner.send(`message ${n}`)
    await caughtUp()
    replace(world, 'conversations', group.conversationId, '{}')
    const generationOf = (name: string) => async () =>
      (await report()).views?.find(({ view }) => view === name)?.generation
    expect(await generationOf('conversations')()).toMatch(/\.0$/)
    expect((await admin('POST', '/admin/views/rebuild', { views: ['conversations'] })).status).toBe(200)
    await projectors[0]?.stop()
    await expect.poll(generationOf('conversations'), { timeout: 30_000 }).toMatch(/^\S+\.1$/)
    expect(await generationOf('timeline')()).toMatch(/\.0$/)
    await group.owner.send('after it')
    await caughtUp()
    const found = async () => (await users.bob('GET', `/conversations/${group.conversationId}`)).json
    await expect.poll(found).toMatchObject({ conversation: { conversationId: group.conversationId, memberCount: 2 } })
  })

  it('are unavailable while nobody keeps them', async () => {
    const { admin, projectors, caughtUp } = await open()
    await caughtUp()
    for (const projector of projectors) await projector.stop()
    const { status, json } = await admin('GET', '/admin/views')
    expect([status, json.code, json.temporary]).toEqual([503, 'unavailable', true])
  })
})
