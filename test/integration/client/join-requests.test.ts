import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientWorld, eventually, messageTexts, openClientWorld } from '../../support/client/client-world.ts'
import { type OpenedDevice, openDevice } from '../../support/client/open-device.ts'

describe('Invite links with approval', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_DIRECT_FROM: 'known', BACKSCROLL_GROUPS_FROM: 'known' })
  })
  afterAll(() => world.close())

  const open = (user: string) => openDevice(world, user, {}, 'one')
  const told = ({ log }: OpenedDevice) =>
    log.flatMap((event) => (event.type === 'join_request' ? [`${event.userId} ${event.state}`] : []))
  const isTold = (device: OpenedDevice, what: string) =>
    eventually(() => told(device).includes(what), `${device.user} is told: ${what}`)
  const waiting = async ({ client }: OpenedDevice, id: string) =>
    (await client.joinRequests(id)).map(({ userId }) => userId)

  it('make people wait until any owner or admin approves or declines; nobody asks twice', async () => {
    const [ann, cat, eve] = [await open('ann'), await open('cat'), await open('eve')]
    const { conversationId: id, done } = ann.client.createGroup({ members: ['cat', 'eve'] })
    await done
    const isAsked = ({ log }: OpenedDevice) => log.some(({ type }) => type === 'request')
    for (const device of [cat, eve]) await eventually(() => isAsked(device), `${device.user} is asked`)
    for (const { client } of [cat, eve]) await client.accept(id)
    await ann.client.setRole(id, 'cat', 'admin')
    const { link, approval } = await ann.client.invites.create({ conversationId: id, maxUses: 3, approval: true })
    expect(approval).toBe(true)

    const [bob, dan, fay] = [await open('bob'), await open('dan'), await open('fay')]
    for (const { client } of [bob, dan, fay]) await client.invites.accept(link)
    expect(await bob.client.ownJoinRequests()).toMatchObject([{ conversationId: id, to: 'ann', state: 'waiting' }])
    for (const user of ['bob', 'dan', 'fay']) await isTold(cat, `${user} waiting`)
    await expect(eve.client.joinRequests(id)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(eve.client.approveJoin(id, 'bob')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(cat.client.approveJoin(id, 'nobody')).rejects.toMatchObject({ code: 'not_found' })

    // Not the maker of the link: the group comes in without another request, because bob has asked for it.
    await cat.client.approveJoin(id, 'bob')
    await isTold(bob, 'bob accepted')
    await ann.client.send(id, { text: 'welcome' })
    await eventually(() => messageTexts(bob.log).includes('welcome'), 'the group')
    await cat.client.declineJoin(id, 'dan')
    await isTold(dan, 'dan declined')
    await fay.client.withdrawJoin(id)
    for (const device of [ann, cat]) await isTold(device, 'fay withdrawn')
    expect(await fay.client.ownJoinRequests()).toEqual([])
    for (const device of [ann, cat]) expect(await waiting(device, id)).toEqual([])

    await dan.client.invites.accept(link)
    await dan.client.send({ user: 'ann' }, { text: 'let me in' })
    await eventually(() => messageTexts(ann.log).includes('let me in'), 'what follows the second try')
    expect(await waiting(ann, id)).toEqual([])
    expect(told(eve)).toEqual([])
  })
})
