import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClientWorld,
  eventsOfType,
  eventually,
  openClientWorld,
  record,
} from '../../../support/client/client-world.ts'

describe('A group that an admin closes', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld()
  })
  afterAll(() => world.close())

  const open = async (user: string) => {
    const client = await world.client(user, 'phone')
    const log = record(client)
    client.start()
    await client.whenLive()
    return { client, log }
  }

  it('is shown as closed to its members, accepts nothing more, and can be left', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    const { conversationId, done } = ann.client.createGroup({ members: ['bob'] })
    await done
    await ann.client.send(conversationId, { text: 'hello' })
    const path = `/admin/conversations/${conversationId}/closure?reason=illegal`
    expect([await world.asAdmin('POST', path), await world.asAdmin('POST', path)]).toEqual([200, 200])
    for (const { log } of [ann, bob])
      await eventually(() => eventsOfType(log, 'ConversationClosed').length === 1, 'the end of the group')
    await expect(bob.client.send(conversationId, { text: 'is anybody here?' })).rejects.toMatchObject({
      code: 'conversation_closed',
    })
    await bob.client.leave(conversationId)
    expect(bob.client.pending(conversationId)).toBe(0)
    expect(ann.log.filter(({ type }) => type === 'warning')).toEqual([])
  })

  it('must be an existing group', async () => {
    const [cat, dan] = [await open('cat'), await open('dan')]
    const { conversationId } = await cat.client.send({ user: 'dan' }, { text: 'hi' })
    expect(await world.asAdmin('POST', `/admin/conversations/${conversationId}/closure`)).toBe(400)
    const nowhere = '0f0f4d7e-7b1d-4d8e-8a55-6f5b1c2d3e4f'
    expect(await world.asAdmin('POST', `/admin/conversations/${nowhere}/closure`)).toBe(404)
    await dan.client.send({ user: 'cat' }, { text: 'hello' })
  })
})
