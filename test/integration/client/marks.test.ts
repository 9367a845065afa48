import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import type { InboxOptions } from '../../../packages/client/src/views/inbox.ts'
import { type ClientWorld, openClientWorld } from '../../support/client/client-world.ts'

/** A fetch that fails while it is cut, as without a network. */
const createCut = () => {
  const state = { isCut: false }
  const send: typeof fetch = async (...args) => {
    if (state.isCut) throw new TypeError('fetch failed')
    return fetch(...args)
  }
  return { state, fetch: send }
}

/** What a list shows while somebody looks at it. */
const watch = (client: BackscrollClient, options: InboxOptions = {}) => {
  const inbox = client.views.inbox(options)
  inbox.subscribe(() => {})
  const line = (id: string) => inbox.snapshot().conversations.find(({ conversationId }) => conversationId === id)
  return { line, ids: () => inbox.snapshot().conversations.map((one) => one.conversationId), inbox }
}

describe('Marks of conversations in the SDK', () => {
  let world: ClientWorld
  let ann: BackscrollClient
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_MAX_PINS: '3' })
    for (const name of ['bob', 'cid', 'dan', 'eve']) await connect(name, 'one')
    ann = await connect('ann', 'one')
    for (const user of ['bob', 'cid', 'dan']) await ann.send({ user }, { text: `hello ${user}` })
  })
  afterAll(() => world.close())

  const connect = async (user: string, device: string, options = {}) => {
    const client = await world.client(user, device, options)
    client.start()
    await client.whenLive()
    return client
  }
  const withUser = (user: string) => directConversationId('ann', user)

  it('are shown on all devices of the user, also on one that comes later', async () => {
    const two = watch(await connect('ann', 'two'))
    const one = watch(ann)
    await expect.poll(() => one.ids().length).toBe(3)
    const [bob, cid] = [withUser('bob'), withUser('cid')]
    await ann.pin({ user: 'bob' })
    await ann.mute(cid, { until: Date.now() + 3_600_000 })
    await ann.markUnread({ user: 'cid' })
    const shown = { isMuted: true, isPinned: false, isArchived: false, isMarkedUnread: true }
    for (const list of [one, two]) {
      await expect.poll(() => list.ids()[0]).toBe(bob)
      await expect.poll(() => list.line(cid)).toMatchObject(shown)
    }
    const three = watch(await connect('ann', 'three'))
    await expect.poll(() => three.ids()[0]).toBe(bob)
    await expect.poll(() => three.line(cid)).toMatchObject(shown)
    await ann.markRead(cid, 1)
    await ann.unmute(cid)
    await ann.unpin(bob)
    for (const list of [one, two, three])
      await expect
        .poll(() => [list.line(bob)?.isPinned, list.line(cid)?.isMuted, list.line(cid)?.isMarkedUnread])
        .toEqual([false, false, false])
  })

  it('archive a conversation until a message comes, or for as long as it is muted', async () => {
    const [inbox, archive] = [watch(ann), watch(ann, { archived: true })]
    const dan = withUser('dan')
    await ann.archive(dan)
    await expect
      .poll(() => [inbox.ids().includes(dan), archive.ids(), inbox.inbox.snapshot().archived])
      .toEqual([false, [dan], 1])
    await ann.mute(dan)
    await ann.send(dan, { text: 'still there' })
    await expect.poll(() => archive.line(dan)?.lastMessage?.text).toBe('still there')
    await ann.unmute(dan)
    await expect.poll(() => [inbox.ids().includes(dan), archive.ids()]).toEqual([true, []])
  })

  it('star messages, which timelines and the list show on all devices', async () => {
    const two = await connect('ann', 'two-of-stars')
    const timelineOf = (client: BackscrollClient) => {
      const timeline = client.views.timeline({ user: 'bob' })
      timeline.subscribe(() => {})
      return () => timeline.snapshot().entries.at(-1)
    }
    const [here, there] = [timelineOf(ann), timelineOf(two)]
    const listed = async (client: BackscrollClient) => {
      const all = []
      for await (const { messageId, message } of client.starred()) all.push({ messageId, type: message?.content?.type })
      return all
    }
    await ann.send({ user: 'bob' }, { text: 'to be remembered' })
    await expect.poll(() => [here()?.text, here()?.ref !== undefined]).toEqual(['to be remembered', true])
    const ref = here()?.ref
    if (ref === undefined) throw new Error('no message')
    await ann.star({ user: 'bob' }, ref)
    await expect.poll(() => [here()?.isStarred, there()?.isStarred]).toEqual([true, true])
    expect(await listed(ann)).toEqual([{ messageId: ref.messageId, type: 'text' }])
    // It may have come into the group after the message was sent.
    expect(await listed(two)).toMatchObject([{ messageId: ref.messageId }])
    const three = await connect('ann', 'three-of-stars')
    await expect.poll(() => listed(three)).toMatchObject([{ messageId: ref.messageId }])
    await two.unstar({ user: 'bob' }, ref)
    await expect.poll(() => [here()?.isStarred, there()?.isStarred]).toEqual([false, false])
    expect(await listed(ann)).toEqual([])
  })

  it('change without a connection, over a restart, and are sent when there is one', async () => {
    const cut = createCut()
    const store = createMemoryStore()
    const first = await connect('ann', 'four', { store, fetch: cut.fetch })
    cut.state.isCut = true
    void first.pin({ user: 'cid' }).catch(() => {})
    const shown = watch(first)
    await expect.poll(() => shown.line(withUser('cid'))?.isPinned).toBe(true)
    await first.close()
    cut.state.isCut = false
    const other = watch(ann)
    await connect('ann', 'four', { store, fetch: cut.fetch })
    await expect.poll(() => other.line(withUser('cid'))?.isPinned).toBe(true)
    await ann.unpin({ user: 'cid' })
  })

  it('are refused beyond the limit, and the list shows what the server has', async () => {
    const users = ['bob', 'cid', 'dan', 'eve']
    const outcomes = await Promise.allSettled(users.map((user) => ann.pin({ user })))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(outcomes[3]).toMatchObject({ reason: { code: 'mark_limit', details: { limit: 3 } } })
    for (const user of users) await ann.unpin({ user })
  })
})
