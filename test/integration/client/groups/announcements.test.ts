import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientWorld, eventually, openClientWorld } from '../../../support/client/client-world.ts'

describe('a group in which only owners and admins post, over a real server', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld()
  })
  afterAll(() => world.close())

  const open = async (user: string) => {
    const client = await world.client(user, 'one')
    client.start()
    await client.whenLive()
    const inbox = client.views.inbox()
    inbox.subscribe(() => {})
    const mayPost = (id: string, expected: boolean) =>
      eventually(
        () => inbox.snapshot().conversations.find(({ conversationId }) => conversationId === id)?.mayPost === expected,
        `${user} is shown mayPost: ${expected}`,
      )
    return { client, mayPost }
  }

  it('is shown to everybody, refuses what members say, and takes it again later', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    const { conversationId: id, done } = ann.client.createGroup({ members: ['bob'], name: 'News' })
    await done
    await bob.mayPost(id, true)

    const { position } = await ann.client.setPosting(id, 'admins')
    await bob.mayPost(id, false)
    await ann.mayPost(id, true)
    await expect(bob.client.send(id, { text: 'And I?' })).rejects.toMatchObject({ code: 'forbidden' })
    const { messageId, seq, revision } = await ann.client.send(id, { text: 'Hear ye' })
    await bob.client.react(id, { messageId, seq, revision }, { emoji: 'o' })
    const { conversation } = await bob.client.conversation(id, { atLeast: position })
    expect(conversation.posting).toBe('admins')

    await ann.client.setRole(id, 'bob', 'admin')
    await bob.mayPost(id, true)
    await bob.client.send(id, { text: 'Now I do' })
    await bob.client.setPosting(id, 'everyone')
    await bob.mayPost(id, true)
  })
})
