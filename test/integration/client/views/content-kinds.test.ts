import { describe, expect, it } from 'vitest'
import type { BackscrollClient, Timeline } from '../../../../packages/client/src/index.ts'
import { eventually, live } from '../../../support/client/client-world.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

const allOf = async <Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const all: Item[] = []
  for await (const one of items) all.push(one)
  return all
}

describe('Polls, mentions and forwarded messages', () => {
  const world = useClientWorld()

  const open = async (user: string): Promise<BackscrollClient> => {
    const client = await world.client(user, 'phone')
    await live(client)
    return client
  }
  const group = async (...users: string[]) => {
    const clients = await Promise.all(users.map(open))
    const [ann] = clients
    if (ann === undefined) throw new Error('somebody')
    const { conversationId: id, done } = ann.createGroup({ members: users.slice(1), name: 'Tea' })
    await done
    const timelines = clients.map((client) => {
      const timeline = client.views.timeline(id)
      timeline.subscribe(() => {})
      return timeline
    })
    return { id, ann, others: clients.slice(1), timelines }
  }
  const last = (timeline: Timeline) => timeline.snapshot().entries.at(-1)
  const votes = (timeline: Timeline) =>
    last(timeline)
      ?.poll?.options.map(({ text, voters }) => `${text}: ${voters.map(({ userId }) => userId).sort()}`)
      .join('; ')

  it('count votes at every member until the author closes the poll', async () => {
    const { id, ann, others, timelines } = await group('ann', 'bob', 'cat')
    const [bob, cat] = others
    if (bob === undefined || cat === undefined) throw new Error('three people')
    const shows = (expected: string) =>
      Promise.all(timelines.map((one) => eventually(() => votes(one) === expected, `everybody sees ${expected}`)))
    const poll = await ann.send(id, { poll: { question: 'Tea?', options: ['yes', 'no'] } })
    await shows('yes: ; no: ')
    await bob.vote(id, poll, [0])
    await cat.vote(id, poll, [0])
    await shows('yes: bob,cat; no: ')
    await cat.vote(id, poll, [1])
    // Not an option: the vote does not count, and it takes the place of the one before.
    await bob.vote(id, poll, [5])
    await shows('yes: ; no: cat')
    await expect(bob.closePoll(id, poll)).rejects.toMatchObject({ code: 'forbidden' })
    const { position } = await ann.closePoll(id, poll)
    await bob.vote(id, poll, [0])
    await bob.send(id, { text: 'after' })
    const isOver = (one: Timeline) => {
      const entry = one.snapshot().entries.at(-2)
      return entry?.poll?.isClosed === true && entry.poll.options[0]?.voters.length === 0 && !entry.isEdited
    }
    for (const one of timelines) await eventually(() => isOver(one), 'the end, without the late vote')
    expect(timelines[0]?.snapshot().entries.at(-2)).toMatchObject({ text: 'Tea?', reactions: [] })
    const [told] = await allOf(bob.history(id, { after: 0, limit: 1, atLeast: position }))
    expect(told).toMatchObject({ content: { type: 'poll' }, closedAt: expect.any(Number) })
  })

  it('keep a poll as it was asked, whatever its author says later', async () => {
    const { id, ann, others, timelines } = await group('dan', 'eve')
    const poll = await ann.send(id, { poll: { question: 'Tea?', options: ['yes', 'no'] } })
    await others[0]?.vote(id, poll, [0])
    await ann.edit(id, poll, { text: 'Shall everybody pay?' })
    await ann.send(id, { text: 'after' })
    for (const one of timelines) {
      const asked = () => one.snapshot().entries.at(-2)
      await eventually(() => asked()?.poll?.options[0]?.voters.length === 1, 'the vote')
      expect(asked()).toMatchObject({ text: 'Tea?', poll: { question: 'Tea?', isClosed: false } })
    }
  })

  it('show who is mentioned, and count unread mentions', async () => {
    const { id, ann, others, timelines } = await group('fay', 'gus')
    const [gus] = others
    const [, theirs] = timelines
    if (gus === undefined || theirs === undefined) throw new Error('two people')
    const inbox = gus.views.inbox()
    inbox.subscribe(() => {})
    const count = () =>
      inbox.snapshot().conversations.find(({ conversationId }) => conversationId === id)?.unreadMentions
    const counts = (expected: number) => eventually(() => count() === expected, `${expected} unread mentions`)
    const mentions = [
      { userId: 'gus', start: 0, length: 4 },
      { userId: 'stranger', start: 5, length: 3 },
    ]
    const sent = await ann.send(id, { text: '@gus and all', mentions })
    await counts(1)
    await eventually(() => last(theirs)?.isMentioned === true, 'the mention')
    expect(last(theirs)?.mentions).toMatchObject([{ userId: 'gus', start: 0, length: 4 }])
    await ann.edit(id, sent, { text: 'nobody' })
    await counts(0)
    const second = await ann.send(id, { text: '@gus', mentions: mentions.slice(0, 1) })
    await ann.send(id, { text: '@gus again', mentions: mentions.slice(0, 1) })
    await counts(2)
    await ann.delete(id, second)
    await counts(1)
    await theirs.markRead()
    await counts(0)
  })

  it('forward a message with its file to several conversations, and say so', async () => {
    const { id, ann, timelines } = await group('hal', 'ida')
    const [mine] = timelines
    const zoe = await open('zoe')
    const file = await ann.uploadFile(new TextEncoder().encode('a picture'), { name: 'a.txt' })
    await ann.send(id, { text: 'look', attachments: [file] })
    if (mine === undefined) throw new Error('a timeline')
    await eventually(() => last(mine)?.ref !== undefined, 'the message')
    const message = last(mine)
    if (message === undefined) throw new Error('a message')
    const there = zoe.views.timeline({ user: 'hal' })
    there.subscribe(() => {})
    await Promise.all(ann.forward(message, [id, { user: 'zoe' }]))
    await eventually(() => last(there)?.forwarded === 1, 'the forwarded message')
    const content = last(there)?.content
    const attachment = content?.type === 'attachment' ? content.body.attachments[0] : undefined
    if (attachment === undefined) throw new Error('the file')
    expect(attachment.mediaId).toBe(file.mediaId)
    const parts = await allOf(zoe.openFile(attachment))
    expect(Buffer.concat(parts).toString()).toBe('a picture')
    await Promise.all(zoe.forward({ content }, [{ user: 'ida' }]))
    await expect(ann.forward({ content: undefined }, [id])[0]).rejects.toMatchObject({ code: 'invalid' })
  })
})
