import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import { parseInviteLink } from '../../../packages/client/src/invites/invite-link.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { type ClientWorld, eventually, messageTexts, openClientWorld } from '../../support/client/client-world.ts'
import { type OpenedDevice, openDevice } from '../../support/client/open-device.ts'
import { createDishonestServer } from '../../support/lies/dishonest-server.ts'

describe('Invite links in the SDK', () => {
  let world: ClientWorld
  let people = 0
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_DIRECT_FROM: 'known', BACKSCROLL_GROUPS_FROM: '' })
  })
  afterAll(() => world.close())

  const open = (user: string, options: Partial<ClientOptions> = {}, device = 'one') =>
    openDevice(world, user, options, device)
  const person = (name: string, options: Partial<ClientOptions> = {}) => {
    people += 1
    return open(`${name}-${people}`, options)
  }
  const untilRead = (device: OpenedDevice, text: string) =>
    eventually(() => messageTexts(device.log).includes(text), text)
  const requestsIn = ({ log }: OpenedDevice) => log.filter(({ type }) => type === 'request')

  it('to a user: its holder writes without asking, and everybody else asks', async () => {
    const [ann, bob, eve] = [await person('ann'), await person('bob'), await person('eve')]
    const { link, inviteId, maxUses } = await ann.client.invites.create()
    expect([link.startsWith(`${world.url()}/invite#`), maxUses]).toEqual([true, 1])
    expect(await bob.client.invites.accept(link)).toEqual({ userId: ann.user, conversationId: undefined })
    await bob.client.send({ user: ann.user }, { text: 'thank you for the link' })
    await untilRead(ann, 'thank you for the link')
    expect(requestsIn(ann)).toEqual([])
    expect(await ann.client.invites.list()).toMatchObject([{ inviteId, uses: 1 }])
    await expect(eve.client.invites.accept(link)).rejects.toMatchObject({ code: 'not_found' })
    await eve.client.send({ user: ann.user }, { text: 'let me in' })
    await eventually(() => requestsIn(ann).length === 1, 'the request')
  })

  it('is over once it is taken back', async () => {
    const [ann, bob] = [await person('ann'), await person('bob')]
    const { link, inviteId } = await ann.client.invites.create({ maxUses: 5, expiresInSeconds: 600 })
    await ann.client.invites.revoke(inviteId)
    await expect(bob.client.invites.accept(link)).rejects.toMatchObject({ code: 'not_found' })
    await expect(bob.client.invites.accept('https://example.org/')).rejects.toMatchObject({ code: 'invalid' })
    expect(await ann.client.invites.list()).toEqual([])
  })

  it('to a group: a device of its admin lets in who holds it, also after a restart, and nobody twice', async () => {
    const store = createMemoryStore()
    const [ann, bob] = [await person('ann', { store }), await person('bob')]
    const { conversationId: id, done } = ann.client.createGroup({ members: [] })
    await done
    const { link } = await ann.client.invites.create({ conversationId: id, maxUses: 2 })
    await ann.client.close()
    expect(await bob.client.invites.accept(link)).toEqual({ userId: ann.user, conversationId: id })
    const again = await open(ann.user, { store })
    const isIn = () => bob.log.some((event) => event.type === 'members' && event.conversationId === id)
    await eventually(isIn, 'bob is in')
    await again.client.send(id, { text: 'welcome' })
    await untilRead(bob, 'welcome')
    await again.client.removeMember(id, bob.user)
    await bob.client.invites.accept(link)
    await bob.client.send({ user: ann.user }, { text: 'let me in again' })
    await untilRead(again, 'let me in again')
    const members: string[] = []
    for await (const { userId } of again.client.members(id)) members.push(userId)
    expect(members).toEqual([ann.user])
  })

  it('to a group lets in nobody who waits when another device of its maker has taken it back', async () => {
    const store = createMemoryStore()
    const [ann, bob, cid] = [await person('ann', { store }), await person('bob'), await person('cid')]
    const { conversationId: id, done } = ann.client.createGroup({ members: [] })
    await done
    const [forBob, forCid] = [
      await ann.client.invites.create({ conversationId: id, maxUses: 5 }),
      await ann.client.invites.create({ conversationId: id, maxUses: 5 }),
    ]
    const laptop = await open(ann.user, {}, 'two')
    await ann.client.close()
    await bob.client.invites.accept(forBob.link)
    await cid.client.invites.accept(forCid.link)
    expect((await laptop.client.invites.list()).map(({ inviteId }) => inviteId)).toContain(forBob.inviteId)
    await laptop.client.invites.revoke(forBob.inviteId)
    await expect(bob.client.invites.accept(forBob.link)).rejects.toMatchObject({ code: 'not_found' })
    const again = await open(ann.user, { store })
    await eventually(
      () => cid.log.some((event) => event.type === 'members' && event.conversationId === id),
      'cid is in',
    )
    // Behind everything that the device does for those who wait.
    await again.client.send(id, { text: 'welcome' })
    await untilRead(cid, 'welcome')
    const members: string[] = []
    for await (const { userId } of again.client.members(id)) members.push(userId)
    expect(members.sort()).toEqual([ann.user, cid.user].sort())
  })

  it('to a group is made by its admins alone', async () => {
    const [ann, bob] = [await person('ann'), await person('bob')]
    const { link } = await bob.client.invites.create()
    await ann.client.invites.accept(link)
    await ann.client.send({ user: bob.user }, { text: 'now you know me' })
    await bob.client.send({ user: ann.user }, { text: 'yes' })
    const { conversationId: id, done } = ann.client.createGroup({ members: [bob.user] })
    await done
    await eventually(() => bob.log.some((event) => event.type === 'members' && event.conversationId === id), 'in')
    await expect(bob.client.invites.create({ conversationId: id })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('P5: a server that puts another person, or another key, in between is found out', async () => {
    const server = createDishonestServer()
    const [ann, bob, eve] = [await person('ann'), await person('bob', server.options), await person('eve')]
    const { link } = await ann.client.invites.create({ maxUses: 3 })
    server.onAnswer = async (path, answer) => (path === '/invites/redeem' ? { userId: eve.user } : answer)
    await expect(bob.client.invites.accept(link)).rejects.toMatchObject({ code: 'not_found' })
    server.onAnswer = async () => undefined
    // As if the server had swapped all of ann's keys since: the link says which one is hers.
    const { identityKey } = parseInviteLink(link)
    const other = link.replace(
      Buffer.from(identityKey, 'base64').toString('base64url'),
      Buffer.alloc(32, 5).toString('base64url'),
    )
    await bob.client.invites.accept(other)
    const sent = bob.client.send({ user: ann.user }, { text: 'for ann alone' })
    await expect(sent).rejects.toMatchObject({ code: 'identity_changed' })
    expect(bob.client.identityOf(ann.user)).toMatchObject({ changed: true, offered: { identityKey } })
  })
})
