import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { eventually, messageTexts, record } from '../../support/client/client-world.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { callerOf } from '../../support/server/rest.ts'

describe('People find each other in a cluster', () => {
  let cluster: MemoryCluster
  let urls: { readonly one: string; readonly two: string }
  const clients: BackscrollClient[] = []
  beforeAll(async () => {
    cluster = await openMemoryCluster({
      ...{ BACKSCROLL_LOOKUPS_PER_HOUR: '3', BACKSCROLL_DIRECT_FROM: 'known', BACKSCROLL_GROUPS_FROM: '' },
      BACKSCROLL_RECEIPT_WINDOW_MS: '50',
    })
    for (const roles of [['relay'], ['projector'], ['worker']] as const) await cluster.start(roles)
    const [one, two] = [await cluster.start(['api', 'gateway']), await cluster.start(['api', 'gateway'])]
    urls = { one: one.url, two: two.url }
  })
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await cluster.close()
  })

  const connect = async (user: string, at: 'one' | 'two', store = createMemoryStore()) => {
    const keys = await createLocalKeys(join(cluster.directory, 'keys'))
    const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
    const token = () => issueToken(by, { user, device: 'phone', roles: ['user'], ttl: 3600 })
    const client = await createClient({ url: urls[at], token, userId: user, deviceId: 'phone', store })
    clients.push(client)
    const log = record(client)
    client.start()
    await client.whenLive()
    return { user, client, log, store }
  }
  /** Somebody who has registered at a process, with a live device there. */
  const person = async (login: string, at: 'one' | 'two') => {
    const account = { login, password: 'correct horse battery' }
    const { json } = await callerOf(urls[at], '')('POST', '/accounts', account)
    return connect((json as { readonly userId: string }).userId, at)
  }

  it('by the login name, wherever either has registered, and not who does not want to be found', async () => {
    const [ann, bob] = [await person('ann@example.org', 'one'), await person('bob@example.org', 'two')]
    expect(await ann.client.people.find('bob@example.org')).toBe(bob.user)
    expect(await bob.client.people.find('ann@example.org')).toBe(ann.user)
    await bob.client.people.setFindable(false)
    expect(await ann.client.people.find('bob@example.org')).toBeUndefined()
  })

  it('a few times an hour, over all processes together', async () => {
    const { user, client, store } = await person('eve@example.org', 'one')
    for (const guess of ['a', 'b', 'c']) await client.people.find(guess)
    await client.close()
    const moved = await connect(user, 'two', store)
    // The other process hears of it with the answer to its own first report.
    const guess = () =>
      moved.client.people.find('d').then(
        () => 'taken',
        ({ code }) => code,
      )
    expect([await guess(), await guess(), await guess()]).toContain('rate_limited')
  })

  it('by a link to a person, which is used up at all processes at once', async () => {
    const [fay, gus, hal] = [
      await person('fay@example.org', 'one'),
      await person('gus@example.org', 'two'),
      await person('hal@example.org', 'one'),
    ]
    const { link, inviteId } = await fay.client.invites.create()
    // The link names the process that made it; another one of the cluster knows it as well.
    expect(await gus.client.invites.accept(link)).toMatchObject({ userId: fay.user })
    await gus.client.send({ user: fay.user }, { text: 'thank you' })
    await eventually(() => messageTexts(fay.log).includes('thank you'), 'the message')
    expect(fay.log.filter(({ type }) => type === 'request')).toEqual([])
    expect(await fay.client.invites.list()).toMatchObject([{ inviteId, uses: 1 }])
    await expect(hal.client.invites.accept(link)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('by a link to a group, until it is taken back', async () => {
    const [ida, jan, kim] = [
      await person('ida@example.org', 'one'),
      await person('jan@example.org', 'two'),
      await person('kim@example.org', 'two'),
    ]
    const { conversationId: id, done } = ida.client.createGroup({ members: [] })
    await done
    const { link, inviteId } = await ida.client.invites.create({ conversationId: id, maxUses: 5 })
    await jan.client.invites.accept(link)
    await eventually(
      () => jan.log.some((event) => event.type === 'members' && event.conversationId === id),
      'jan is in',
    )
    await ida.client.send(id, { text: 'welcome' })
    await eventually(() => messageTexts(jan.log).includes('welcome'), 'the message')
    await ida.client.invites.revoke(inviteId)
    await expect(kim.client.invites.accept(link)).rejects.toMatchObject({ code: 'not_found' })
  })
})
