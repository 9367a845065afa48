import { describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import { eventually, live } from '../../../support/client/client-world.ts'
import { linesOf } from '../../../support/client/shown.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

const membersOf = async (client: BackscrollClient, id: string) => {
  const found = []
  for await (const { userId, name } of client.members(id)) found.push([userId, name])
  return found
}

describe('Names of people in views', () => {
  const world = useClientWorld()

  it('stand beside the ids in a direct conversation, and follow each change', async () => {
    const ann = await world.client('ann', 'phone')
    const bob = await world.client('bob', 'phone')
    await Promise.all([ann, bob].map(live))
    const [timeline, inbox] = [ann.views.timeline({ user: 'bob' }), ann.views.inbox()]
    for (const view of [timeline, inbox]) view.subscribe(() => {})
    const line = () => inbox.snapshot().conversations[0]
    const { conversationId: id, messageId } = await ann.send({ user: 'bob' }, { text: 'hello' })
    const first = { messageId, revision: 0, seq: 1 }
    await eventually(() => timeline.snapshot().entries[0]?.ref !== undefined, 'the message')
    expect(timeline.snapshot()).toMatchObject({ peerName: undefined, entries: [{ senderName: undefined }] })

    await ann.profile.set({ name: 'Ann' })
    expect(timeline.snapshot().entries).toMatchObject([{ sender: 'ann', senderName: 'Ann' }])
    await eventually(() => line()?.lastMessage?.senderName === 'Ann', 'the own name in the inbox')

    await bob.profile.set({ name: 'Bob' })
    const ref = timeline.snapshot().entries[0]?.ref ?? first
    await bob.react(id, ref, { emoji: '+1' })
    await bob.send({ user: 'ann' }, { text: 'hello too' })
    await bob.markRead(id, 1)
    await eventually(() => timeline.snapshot().entries.at(-1)?.senderName === 'Bob', 'the name of the sender')
    await eventually(() => linesOf(timeline)[0] === 'hello, +1 by bob, read', 'the reading')
    expect(timeline.snapshot()).toMatchObject({
      peerName: 'Bob',
      entries: [{ senderName: 'Ann', readByNames: ['Bob'], reactions: [{ userName: 'Bob' }] }, { senderName: 'Bob' }],
    })
    await eventually(() => line()?.lastMessage?.senderName === 'Bob', 'the sender in the inbox')
    expect(line()?.peerName).toBe('Bob')

    bob.typing(id, true)
    await eventually(() => timeline.snapshot().typingNames.join() === 'Bob', 'who types, in the timeline')
    await eventually(() => line()?.typingNames.join() === 'Bob', 'who types, in the inbox')

    await bob.profile.set({ name: 'Robert' })
    await eventually(() => timeline.snapshot().peerName === 'Robert', 'the new name')
    expect(timeline.snapshot().entries).toMatchObject([
      { senderName: 'Ann', readByNames: ['Robert'], reactions: [{ userName: 'Robert' }] },
      { senderName: 'Robert' },
    ])
    await eventually(() => line()?.peerName === 'Robert', 'the new name in the inbox')
    expect(line()?.lastMessage?.senderName).toBe('Robert')
    expect(await membersOf(ann, id)).toEqual([
      ['ann', 'Ann'],
      ['bob', 'Robert'],
    ])
  })

  it('make new objects of what shows them, and of nothing else', async () => {
    const [cat, dan, eve] = [
      await world.client('cat', 'phone'),
      await world.client('dan', 'phone'),
      await world.client('eve', 'phone'),
    ]
    await Promise.all([cat, dan, eve].map(live))
    const { conversationId: id, done } = cat.createGroup({ members: ['dan', 'eve'] })
    await done
    await eventually(() => [dan, eve].every((one) => one.pending() === 0), 'the members')
    const [timeline, inbox] = [cat.views.timeline(id), cat.views.inbox()]
    for (const view of [timeline, inbox]) view.subscribe(() => {})
    await eve.send({ user: 'cat' }, { text: 'from eve' })
    await dan.send(id, { text: 'from dan' })
    await cat.send(id, { text: 'from cat' })
    await eventually(() => timeline.snapshot().entries.length === 2, 'the messages')
    await eventually(() => linesOf(timeline).at(-1) === 'from cat, delivered', 'their delivery')
    await eventually(() => inbox.snapshot().conversations.length === 2, 'the conversations')

    const [theirs, mine] = timeline.snapshot().entries
    const before = timeline.snapshot()
    // Eve has said nothing here: what has not changed stays the same object.
    await eve.profile.set({ name: 'Eve' })
    await eventually(() => cat.names.of('eve') === 'Eve', 'a name that the timeline does not show')
    expect(timeline.snapshot()).toBe(before)
    await dan.profile.set({ name: 'Dan' })
    await eventually(() => timeline.snapshot().entries[0]?.senderName === 'Dan', 'a name that it shows')
    expect(timeline.snapshot().entries[0]).not.toBe(theirs)
    expect(timeline.snapshot().entries[1]).toBe(mine)
    const lineOf = (kind: string) => inbox.snapshot().conversations.find((one) => one.kind === kind)
    await eventually(() => lineOf('direct')?.peerName === 'Eve', 'the name of a peer')
    const direct = lineOf('direct')
    await dan.send(id, { text: 'again' })
    await eventually(() => lineOf('group')?.lastMessage?.senderName === 'Dan', 'the name of a sender')
    expect(lineOf('direct')).toBe(direct)
  })
})
