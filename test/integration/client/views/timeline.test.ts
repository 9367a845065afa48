import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { eventually, live } from '../../../support/client/client-world.ts'
import { linesOf, watchClosely } from '../../../support/client/shown.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

describe('A timeline', () => {
  const world = useClientWorld()

  it('shows an own message at once, and what becomes of it, in one place: sending, sent, delivered, read', async () => {
    const ann = await world.client('ann', 'phone')
    const bob = await world.client('bob', 'phone')
    await live(bob)
    const timeline = ann.views.timeline({ user: 'bob' })
    const { states, doubled } = watchClosely(timeline)
    const theirs = bob.views.timeline({ user: 'ann' })
    theirs.subscribe(() => {})
    const sent = ann.send({ user: 'bob' }, { text: 'hello' })
    await eventually(() => linesOf(timeline).join() === 'hello, sending', 'the echo without a connection')
    expect(timeline.snapshot()).toMatchObject({ peer: 'bob', isLoading: false, hasOlder: false, unread: 0 })
    await live(ann)
    const { messageId } = await sent
    await eventually(() => linesOf(timeline).join() === 'hello, delivered', 'the delivery')
    await eventually(() => linesOf(theirs).join() === 'hello, received', 'the message at the other side')
    expect(theirs.snapshot()).toMatchObject({ kind: 'direct', peer: 'ann', unread: 1 })
    await theirs.markRead()
    await eventually(() => linesOf(timeline).join() === 'hello, read', 'the reading')
    expect(theirs.snapshot().unread).toBe(0)
    expect(timeline.snapshot().entries[0]).toMatchObject({ readBy: ['bob'], isOwn: true, ref: { seq: 1 } })
    expect([doubled, states.get(messageId)]).toEqual([[], ['sending', 'sent', 'delivered', 'read']])
  })

  it('shows edits, reactions, replies and deletions, own ones before the server has them', async () => {
    const ann = await world.client('cat', 'phone')
    const bob = await world.client('dan', 'phone')
    await Promise.all([ann, bob].map(live))
    const [mine, theirs] = [ann, bob].map((one, index) => one.views.timeline({ user: index === 0 ? 'dan' : 'cat' }))
    if (mine === undefined || theirs === undefined) throw new Error('two timelines')
    for (const one of [mine, theirs]) one.subscribe(() => {})
    const first = await ann.send({ user: 'dan' }, { text: 'one' })
    const id = first.conversationId
    await eventually(() => linesOf(theirs).length === 1, 'the message')
    await bob.react(id, first, { emoji: '+1' })
    await bob.reply(id, first, { text: 'two' })
    await ann.edit(id, first, { text: 'one!' })
    const expected = ['one!, edited, +1 by dan', 'two']
    const said = (lines: readonly string[]) =>
      lines.map((line) => line.replace(/, (received|sent|delivered|read)$/, ''))
    for (const one of [mine, theirs])
      await eventually(() => said(linesOf(one)).join('|') === expected.join('|'), 'the same at both')
    expect(mine.snapshot().entries[1]?.replyTo?.messageId).toBe(first.messageId)
    const removed = ann.delete(id, first)
    await eventually(() => linesOf(mine)[0]?.startsWith('(deleted)') === true, 'the deletion at once')
    await removed
    await eventually(() => linesOf(theirs)[0]?.startsWith('(deleted)') === true, 'the deletion at the other side')
    expect(theirs.snapshot().entries[0]).toMatchObject({ content: undefined, reactions: [], isDeleted: true })
  })

  it('keeps a message that failed, also over a restart, until it is sent again or discarded', async () => {
    const store = createMemoryStore()
    const ann = await world.client('eve', 'phone', { store })
    await live(ann)
    const timeline = ann.views.timeline({ user: 'nobody-yet' })
    const { doubled } = watchClosely(timeline)
    for (const text of ['first', 'second']) await ann.send({ user: 'nobody-yet' }, { text }).catch(() => {})
    await eventually(() => linesOf(timeline).join('|') === 'first, failed|second, failed', 'both failed')
    expect(timeline.snapshot().entries[0]?.failure?.code).toBe('not_found')
    await ann.close()
    const again = await world.client('eve', 'phone', { store })
    const after = again.views.timeline({ user: 'nobody-yet' })
    after.subscribe(() => {})
    await eventually(() => linesOf(after).join('|') === 'first, failed|second, failed', 'both failed, after a restart')
    const [first, second] = after.snapshot().entries
    await second?.discard?.()
    await eventually(() => linesOf(after).join('|') === 'first, failed', 'one discarded')
    await world.enrol('nobody-yet')
    await live(again)
    await first?.retry?.()
    const isThere = () => after.snapshot().entries[0]?.ref?.seq === 1
    await eventually(() => isThere() && linesOf(after).join('|') === 'first, sent', 'the other one sent')
    expect([doubled, after.snapshot().entries[0]?.messageId]).toEqual([[], first?.messageId])
    await again.close()
    const third = await world.client('eve', 'phone', { store })
    const last = third.views.timeline({ user: 'nobody-yet' })
    last.subscribe(() => {})
    await eventually(() => linesOf(last).join('|') === 'first, sent', 'the same after another restart')
  })

  it('pages back through this device and the server, and holds no more than its window', async () => {
    const ann = await world.client('fay', 'phone')
    await live(ann)
    await world.enrol('gil')
    const texts = Array.from({ length: 130 }, (_, index) => `m${index + 1}`)
    await Promise.all(texts.map((text) => ann.send({ user: 'gil' }, { text })))
    // A device that comes later has the newest ones by the snapshot, and asks for the rest.
    const laptop = await world.client('fay', 'laptop')
    await live(laptop)
    const timeline = laptop.views.timeline({ user: 'gil' }, { window: 60 })
    timeline.subscribe(() => {})
    const seqs = () => timeline.snapshot().entries.map(({ ref }) => ref?.seq)
    await eventually(() => seqs().at(-1) === 130, 'the newest')
    while (timeline.snapshot().hasOlder) {
      await timeline.loadOlder()
      expect(seqs().length).toBeLessThanOrEqual(60)
    }
    expect(seqs()).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
    expect(timeline.snapshot().hasNewer).toBe(true)
    while (timeline.snapshot().hasNewer) await timeline.loadNewer()
    expect(seqs()).toEqual(Array.from({ length: 60 }, (_, index) => index + 71))
    await ann.send({ user: 'gil' }, { text: 'new' })
    await eventually(() => seqs().at(-1) === 131, 'what comes at the end')
    expect(seqs()).toHaveLength(60)
  })

  it('tells who types, keeps drafts over a restart, and is the same object while nothing changes', async () => {
    const store = createMemoryStore()
    const ann = await world.client('hal', 'phone', { store })
    const bob = await world.client('ida', 'phone')
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'ida' }, { text: 'hello' })
    const timeline = ann.views.timeline(conversationId)
    let calls = 0
    timeline.subscribe(() => {
      calls += 1
    })
    await eventually(() => linesOf(timeline).join() === 'hello, delivered', 'the delivery')
    const [before, entry, told] = [timeline.snapshot(), timeline.snapshot().entries[0], calls]
    await ann.markRead(conversationId, 1)
    expect([timeline.snapshot() === before, calls]).toEqual([true, told])
    bob.typing(conversationId, true)
    await eventually(() => timeline.snapshot().typing.join() === 'ida', 'the typing')
    expect(timeline.snapshot().typingActivities).toEqual(['typing'])
    bob.typing(conversationId, 'recording')
    await eventually(() => timeline.snapshot().typingActivities.join() === 'recording', 'the recording')
    expect(timeline.snapshot().entries[0]).toBe(entry)
    bob.typing(conversationId, false)
    await eventually(() => timeline.snapshot().typing.length === 0, 'its end')
    await timeline.setDraft('not yet')
    expect(timeline.snapshot().draft).toBe('not yet')
    await ann.close()
    const again = await world.client('hal', 'phone', { store })
    expect(again.views.timeline(conversationId).snapshot().draft).toBe('not yet')
  })
})
