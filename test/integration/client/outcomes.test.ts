import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../support/client/client-world.ts'
import { openClient } from '../../support/gateway/client.ts'
import { createWorld } from '../../support/gateway/world.ts'
import { encryptedTo } from '../../support/groups/beginning.ts'

const textsOf = (log: readonly ClientEvent[]) =>
  conversationEvents(log).flatMap(({ content }) => (content?.type === 'text' ? [content.body.text] : []))
const failuresOf = (log: readonly ClientEvent[]) => log.filter(({ type }) => type === 'failed')

describe('The outcome of a command, with people who cannot be had', () => {
  let world: ClientWorld
  let count = 0
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const open = async (name: string): Promise<{ user: string; client: BackscrollClient; log: ClientEvent[] }> => {
    const user = `${name}${count}`
    const client = await world.client(user, 'one')
    const log = record(client)
    client.start()
    await client.whenLive()
    return { user, client, log }
  }
  const three = async () => {
    count += 1
    return [await open('ann'), await open('bob'), await open('cyd')] as const
  }
  const group = async () => {
    const [ann, bob, cyd] = await three()
    const { conversationId: id, done } = ann.client.createGroup({ members: [bob.user, cyd.user] })
    expect((await done).users).toEqual({ [bob.user]: 'added', [cyd.user]: 'added' })
    return { id, ann, bob, cyd }
  }

  it.each([
    ['deactivated', 'POST', 'deactivation'],
    ['erased', 'DELETE', ''],
  ])('with a member who is %s what is sent is told as accepted, and arrives', async (_, method, path) => {
    const { id, ann, bob, cyd } = await group()
    expect(await world.asAdmin(method, `/admin/users/${bob.user}${path && `/${path}`}`)).toBeLessThan(300)
    for (const text of ['one', 'two']) await ann.client.send(id, { text })
    await eventually(() => textsOf(cyd.log).length === 2, 'both messages')
    expect([textsOf(cyd.log), failuresOf(ann.log)]).toEqual([['one', 'two'], []])
  })

  it('a reset group is begun again without a member who is deactivated', async () => {
    const { id, ann, bob, cyd } = await group()
    await world.asAdmin('POST', `/admin/users/${bob.user}/deactivation`)
    await ann.client.resetGroup(id)
    await ann.client.send(id, { text: 'anew' })
    await eventually(() => textsOf(cyd.log).includes('anew'), 'the message in the new group')
    expect(failuresOf(ann.log)).toEqual([])
  })

  it('somebody unknown is named, and the others are added; of nobody known nothing happens', async () => {
    const { id, ann, cyd } = await group()
    const dan = await open('dan')
    const added = await ann.client.addMembers(id, [dan.user, 'nobody'])
    expect(added.users).toEqual({ [dan.user]: 'added', nobody: 'unknown' })
    await ann.client.send(id, { text: 'to four' })
    await eventually(() => [cyd, dan].every(({ log }) => textsOf(log).includes('to four')), 'the message')
    await expect(ann.client.addMembers(id, ['nobody', 'no-one'])).rejects.toMatchObject({
      code: 'not_found',
      details: { users: 'nobody,no-one' },
    })
    const made = ann.client.createGroup({ members: ['nobody', cyd.user] })
    const result = await made.done
    expect(result.users).toEqual({ nobody: 'unknown', [cyd.user]: 'added' })
    const members: string[] = []
    for await (const { userId } of ann.client.members(made.conversationId, { atLeast: result.position }))
      members.push(userId)
    expect(members.sort()).toEqual([ann.user, cyd.user].sort())
    await expect(ann.client.createGroup({ members: ['nobody'] }).done).rejects.toMatchObject({ code: 'not_found' })
  })

  it('a known user without a device becomes a member, and the result says so', async () => {
    const { id, ann } = await group()
    // An account that a token has made, as with another issuer.
    const authorization = `Bearer ${await world.token(`eve${count}`, 'one')}`
    expect((await fetch(`${world.url()}/me`, { headers: { authorization } })).status).toBe(200)
    expect((await ann.client.addMembers(id, [`eve${count}`])).users).toEqual({ [`eve${count}`]: 'without_device' })
  })
})

it('a message is asked for by a body that is never taken: the answer says whether it was accepted before [M2]', async () => {
  const world = await createWorld()
  const id = await world.startGroup('ann', 'bob')
  const ann = await openClient(world.url, { user: 'ann' })
  await ann.connect()
  const send = (clientSeq: number, messageId: string, ciphertext: string) => {
    const frame = { type: 'send_message', conversationId: id, messageId, clientSeq, afterClientSeq: clientSeq - 1 }
    return ann.request({ ...frame, ciphertext })
  }
  const [one, two] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002']
  const sent = await send(1, one, encryptedTo(id))
  expect(sent).toMatchObject({ type: 'reply', result: { messageId: one, seq: 1, duplicate: false } })
  const again = { messageId: one, seq: 1, duplicate: true }
  expect(await send(1, one, 'AAAA')).toMatchObject({ type: 'reply', result: again })
  expect(await send(2, two, 'AAAA')).toMatchObject({ type: 'error', code: 'not_ciphertext', temporary: false })
  await world.close()
})
