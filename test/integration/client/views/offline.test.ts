import { describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import type { HistoryOptions } from '../../../../packages/client/src/history/queries.ts'
import { createFileStore } from '../../../../packages/client/src/stores/file/file-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { importStoreKey } from '../../../../packages/client/src/stores/store-key.ts'
import { eventually, live } from '../../../support/client/client-world.ts'
import { linesOf } from '../../../support/client/shown.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'
import { createFileCaller } from '../../../support/media/uploads.ts'

/** What can only be had from the server. */
const comparable = <Message extends { readonly ciphertext: string | null }>({
  ciphertext: _sealed,
  ...rest
}: Message) => rest

const historyOf = async (client: BackscrollClient, id: string, options: HistoryOptions = {}) => {
  const found = []
  for await (const { reactions, ...one } of client.history(id, options))
    found.push({ ...comparable(one), reactions: reactions.map(comparable) })
  return found
}
const inboxOf = async (client: BackscrollClient) => {
  const found = []
  for await (const { lastMessage, watermarks, ...entry } of client.inbox())
    found.push({ ...entry, read: watermarks.read, lastMessage: lastMessage && comparable(lastMessage) })
  return found
}

describe('Without a connection', () => {
  const world = useClientWorld()

  it('history, inbox and views answer from the store, as the server would, after a restart', async () => {
    const storeKey = await importStoreKey(new Uint8Array(32).fill(7))
    const open = () => ({ store: createFileStore(world.storePath('ann')), storeKey })
    const ann = await world.client('ann', 'phone', open())
    const bob = await world.client('bob', 'phone')
    await Promise.all([ann, bob].map(live))
    const group = ann.createGroup({ members: ['bob'], name: 'Team' })
    await group.done
    await ann.profile.set({ name: 'Ann' })
    await bob.profile.set({ name: 'Bob' })
    const first = await ann.send({ user: 'bob' }, { text: 'one' })
    const second = await ann.send({ user: 'bob' }, { text: 'two' })
    await ann.edit(first.conversationId, first, { text: 'one!' })
    await ann.react(first.conversationId, first, { emoji: '+1' })
    await ann.delete(first.conversationId, second)
    await eventually(() => bob.pending() === 0 && bob.state().name === 'live', 'bob')
    let told = 0
    ann.on('message', ({ own }) => {
      told += own ? 0 : 1
    })
    await bob.send({ user: 'ann' }, { text: 'three' })
    await eventually(() => ann.names.of('bob') === 'Bob', 'the name of bob')
    const { position: atLeast } = await bob.send({ user: 'ann' }, { text: 'four' })
    await eventually(() => told === 2, 'the messages of bob')
    await ann.markRead(first.conversationId, 3)
    // The mark and the last message: the server's views have all of it.
    await expect.poll(async () => (await inboxOf(ann))[0], { timeout: 20_000 }).toMatchObject({ read: 3, unread: 1 })
    const served = { history: await historyOf(ann, first.conversationId, { atLeast }), inbox: await inboxOf(ann) }
    expect(served.history).toHaveLength(4)
    await ann.close()

    const offline = await world.client('ann', 'phone', open())
    expect(await historyOf(offline, first.conversationId)).toEqual(served.history)
    expect(await historyOf(offline, first.conversationId, { after: 2 })).toEqual(
      served.history.slice(0, 2).toReversed(),
    )
    expect(await inboxOf(offline)).toEqual(served.inbox)
    expect(served.inbox[0]?.peerName).toBe('Bob')
    const inbox = offline.views.inbox()
    inbox.subscribe(() => {})
    await eventually(() => inbox.snapshot().conversations.length === 2, 'the inbox')
    expect(inbox.snapshot().conversations).toMatchObject([
      {
        ...{ kind: 'direct', peer: 'bob', peerName: 'Bob', unread: 1 },
        lastMessage: { text: 'four', sender: 'bob', senderName: 'Bob' },
      },
      { kind: 'group', name: 'Team', peerName: undefined, unread: 0 },
    ])
    const timeline = offline.views.timeline(first.conversationId)
    timeline.subscribe(() => {})
    await eventually(() => linesOf(timeline).length === 4, 'the timeline')
    expect(linesOf(timeline).map((line) => line.replace(/, (sent|delivered|read|received)$/, ''))).toEqual([
      'one!, edited, +1 by ann',
      '(deleted)',
      'three',
      'four',
    ])
    expect(timeline.snapshot().peerName).toBe('Bob')
    expect(timeline.snapshot().entries.map(({ senderName }) => senderName)).toEqual(['Ann', 'Ann', 'Bob', 'Bob'])
  })

  it('keeps nothing of what has expired, and nothing but the place of what was deleted', async () => {
    const store = createMemoryStore()
    const before = createFileCaller(world.url(), await world.token('eli', 'before'))
    const { mediaId } = await before.upload(Buffer.from('a file'))
    const ann = await world.client('eli', 'phone', { store })
    await live(ann)
    await world.enrol('flo')
    const timeline = ann.views.timeline({ user: 'flo' })
    timeline.subscribe(() => {})
    const first = await ann.send({ user: 'flo' }, { text: 'one' }, { mediaIds: [mediaId] })
    await ann.react(first.conversationId, first, { emoji: '+1' })
    const kept = async () => [...(await store.load())].filter(([key]) => key.startsWith('kept/')).map(([, one]) => one)
    await expect
      .poll(kept, { timeout: 20_000 })
      .toMatchObject([{ mediaIds: [mediaId], deleted: null, reactions: [{}] }])
    await ann.delete(first.conversationId, first)
    await expect
      .poll(kept, { timeout: 20_000 })
      .toMatchObject([{ mediaIds: [], deleted: { by: 'eli' }, reactions: [] }])
    await ann.send({ user: 'flo' }, { text: 'two' })
    await ann.setRetention(first.conversationId, 1)
    await expect.poll(kept, { timeout: 20_000 }).toEqual([])
    await eventually(() => timeline.snapshot().entries.length === 0, 'the timeline has nothing left')
  }, 40_000)

  it('a page that is missing needs the server, so the list ends with an error and not as if it were complete', async () => {
    const bob = await world.client('cid', 'phone')
    await live(bob)
    await world.enrol('dee')
    for (let n = 0; n < 60; n += 1) await bob.send({ user: 'dee' }, { text: `${n}` })
    const store = createMemoryStore()
    const laptop = await world.client('cid', 'laptop', { store })
    await live(laptop)
    const inbox = laptop.views.inbox()
    inbox.subscribe(() => {})
    await eventually(() => inbox.snapshot().conversations.length === 1, 'the snapshot')
    const id = inbox.snapshot().conversations[0]?.conversationId ?? ''
    await laptop.close()
    const offline = await world.client('cid', 'laptop', {
      store,
      fetch: () => Promise.reject(new TypeError('offline')),
    })
    const seqs: number[] = []
    const read = async () => {
      for await (const { seq } of offline.history(id)) seqs.push(seq)
    }
    await expect(read()).rejects.toMatchObject({ code: 'unavailable' })
    expect(seqs[0]).toBe(60)
    const timeline = offline.views.timeline(id)
    timeline.subscribe(() => {})
    await eventually(() => !timeline.snapshot().isLoading, 'what there is')
    expect(timeline.snapshot().hasOlder).toBe(true)
    await expect(timeline.loadOlder()).rejects.toMatchObject({ code: 'disconnected' })
  })
})
