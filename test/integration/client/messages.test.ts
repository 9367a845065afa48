import { describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { bytes, conversationEvents, eventually, live, messageTexts, record } from '../../support/client/client-world.ts'
import { useClientWorld } from '../../support/client/use-client-world.ts'

const revisions = (log: readonly ClientEvent[]) => conversationEvents(log).map(({ event }) => event.revision)
const upTo = (last: number) => Array.from({ length: last + 1 }, (_, index) => index)

describe('The SDK against a real server', () => {
  const world = useClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })

  it('carries messages both ways between two users, each once and in order at every device [P3]', async () => {
    const ann = await world.client('ann', 'phone')
    const annLaptop = await world.client('ann', 'laptop')
    const bob = await world.client('bob', 'phone')
    const logs = [ann, annLaptop, bob].map(record)
    await Promise.all([ann, annLaptop, bob].map(live))
    const { conversationId } = await ann.send({ user: 'bob' }, bytes('hello'))
    await Promise.all([
      ...[1, 2, 3].map((n) => ann.send({ user: 'bob' }, bytes(`a${n}`))),
      ...[1, 2, 3].map((n) => bob.send(conversationId, bytes(`b${n}`))),
    ])
    await eventually(() => logs.every((log) => messageTexts(log).length === 7), 'seven messages at each device')
    const [first, ...others] = logs.map(messageTexts)
    for (const other of others) expect(other).toEqual(first)
    for (const log of logs) expect(revisions(log)).toEqual(upTo(8))
    expect(conversationEvents(logs[0] ?? []).filter(({ own }) => own)).toHaveLength(6)
  })

  it('edits, reacts, replies and deletes, and hands its own events over as a sync would tell them [M4]', async () => {
    const ann = await world.client('eve', 'phone')
    const bob = await world.client('frank', 'phone')
    const [mine, theirs] = [record(ann), record(bob)]
    await Promise.all([ann, bob].map(live))
    const sent = await ann.send({ user: 'frank' }, bytes('one'))
    await ann.edit(sent.conversationId, sent, bytes('one, better'))
    await eventually(() => theirs.length >= 3, 'the edit at the other side')
    await bob.react(sent.conversationId, sent, bytes('+1'))
    const reply = await bob.reply(sent.conversationId, sent, bytes('two'), { contentType: 'text/plain' })
    await bob.delete(sent.conversationId, reply)
    const both = () => [mine, theirs].every((log) => conversationEvents(log).length === 7)
    await eventually(both, 'seven events at both')
    const wire = (log: readonly ClientEvent[]) => conversationEvents(log).map(({ event }) => event)
    expect(wire(theirs)).toEqual(wire(mine))
    expect(
      wire(mine)
        .map(({ type }) => type)
        .slice(3),
    ).toEqual(['MessageEdited', 'MessageReacted', 'MessageSent', 'MessageDeleted'])
  })

  it('sends what was written offline once it connects, in order, and resumes what was missed [C2] [M2]', async () => {
    const store = createMemoryStore()
    const first = await world.client('gus', 'phone', { store })
    const before = record(first)
    const bob = await world.client('hal', 'phone')
    const theirs = record(bob)
    await Promise.all([first, bob].map(live))
    const { conversationId } = await first.send({ user: 'hal' }, bytes('0'))
    await eventually(() => messageTexts(before).length === 1, 'the own message')
    await first.close()
    for (let n = 1; n <= 40; n += 1) await bob.send(conversationId, bytes(`missed ${n}`))

    const again = await world.client('gus', 'phone', { store })
    const mine = record(again)
    const sending = Promise.all([1, 2, 3, 4, 5].map((n) => again.send(conversationId, bytes(`late ${n}`))))
    await eventually(() => again.pending(conversationId) === 5, 'five stored commands')
    await live(again)
    await sending
    await eventually(() => messageTexts(theirs).length === 46, 'all messages at the other side')
    await eventually(() => messageTexts(mine).length === 45, 'all messages at the returned device')
    expect(messageTexts(theirs).filter((text) => text.startsWith('late'))).toEqual(
      [1, 2, 3, 4, 5].map((n) => `late ${n}`),
    )
    expect([...revisions(before), ...revisions(mine)]).toEqual(upTo(47))
  })

  it('runs groups through the same chain as messages, and follows joining, leaving and joining again', async () => {
    const ann = await world.client('ida', 'phone')
    const bob = await world.client('jon', 'phone')
    const [mine, theirs] = [record(ann), record(bob)]
    await Promise.all([ann, bob].map(live))
    const { conversationId, done } = ann.createGroup({ members: ['jon'], name: 'trip' })
    const first = ann.send(conversationId, bytes('welcome'))
    await Promise.all([done, first])
    await eventually(() => messageTexts(theirs).includes('welcome'), 'the welcome')
    await bob.leave(conversationId)
    await ann.send(conversationId, bytes('unseen'))
    await ann.addMembers(conversationId, ['jon'])
    await ann.rename(conversationId, 'journey')
    await ann.setRole(conversationId, 'jon', 'admin')
    const { position } = await ann.send(conversationId, bytes('again'))
    await eventually(() => messageTexts(theirs).includes('again'), 'the message after the return')
    await eventually(() => messageTexts(mine).includes('again'), 'the own message')
    expect(messageTexts(theirs)).toEqual(['welcome', 'again'])
    const left = conversationEvents(mine).find(({ event }) => event.type === 'MemberLeft')?.event.revision ?? -1
    const back = conversationEvents(mine).find(({ event }) => event.type === 'MembersAdded')?.event.revision ?? -1
    const all = upTo(Math.max(...revisions(mine)))
    expect(revisions(mine)).toEqual(all)
    const seen = revisions(theirs)
    expect(seen).toEqual(all.filter((at) => at <= left || at >= back).slice(0, seen.length))
    const members: string[] = []
    for await (const { userId, role } of ann.members(conversationId, { atLeast: position }))
      members.push(`${userId} ${role}`)
    expect(members).toEqual(['ida owner', 'jon admin'])
  })

  it('tells a final rejection by the promise and by an event, and goes on with what came after [M3]', async () => {
    const ann = await world.client('kim', 'phone')
    const log = record(ann)
    await world.enrol('leo')
    await live(ann)
    const { conversationId } = await ann.send({ user: 'leo' }, bytes('0'))
    const wrong = { messageId: '00000000-0000-4000-8000-000000000000', revision: 0, seq: 1 }
    const results = await Promise.allSettled([
      ann.send(conversationId, bytes('1')),
      ann.edit(conversationId, wrong, bytes('no such message')),
      ann.send(conversationId, bytes('2')),
      ann.send(conversationId, bytes('3')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    await eventually(() => messageTexts(log).length === 4, 'the accepted messages')
    expect(messageTexts(log)).toEqual(['0', '1', '2', '3'])
    expect(log.filter(({ type }) => type === 'failed')).toMatchObject([{ code: 'unknown_target' }])
  })

  it('confirms delivery by itself and reading on request, and hands receipts to the sender [M5]', async () => {
    const ann = await world.client('mia', 'phone')
    const bob = await world.client('ned', 'phone')
    const [mine, theirs] = [record(ann), record(bob)]
    await Promise.all([ann, bob].map(live))
    const { conversationId, seq, messageId } = await ann.send({ user: 'ned' }, bytes('seen?'))
    await eventually(() => theirs.some(({ type }) => type === 'message'), 'the message')
    const receipt = (field: 'delivered' | 'read') =>
      mine.some((event) => event.type === 'receipt' && event.receipt.userId === 'ned' && event.receipt[field] === seq)
    await eventually(() => receipt('delivered'), 'the delivered receipt')
    await bob.markRead(conversationId, seq)
    await eventually(() => receipt('read'), 'the read receipt')
    const readers = async () => {
      const found: string[] = []
      for await (const { userId, readAt } of ann.messageReceipts(messageId)) if (readAt !== null) found.push(userId)
      return found
    }
    // A receipt is pushed before the views have it.
    let found = await readers()
    while (found.length === 0) found = await readers()
    expect(found).toEqual(['ned'])
  })

  it('takes a read mark beyond the last message for one of all that there are, says so, and takes later ones [M5]', async () => {
    const ann = await world.client('quin', 'phone')
    const bob = await world.client('ray', 'phone')
    const [mine, errors] = [record(ann), [] as string[]]
    bob.on('error', ({ error }) => errors.push(error.code))
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'ray' }, bytes('1'))
    const read = () => mine.flatMap((event) => (event.type === 'receipt' ? [event.receipt.read] : []))
    await bob.markRead(conversationId, 1_000)
    await eventually(() => read().includes(1), 'what there was is read')
    for (const text of ['2', '3']) await ann.send(conversationId, bytes(text))
    await bob.markRead(conversationId, 3)
    await eventually(() => read().includes(3), 'the later mark')
    expect(errors).toEqual(['beyond_last_seq'])
    await expect(bob.markRead(conversationId, Number.NaN)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('passes typing on, and reads inbox and history page by page [R1]', async () => {
    const ann = await world.client('oda', 'phone')
    const bob = await world.client('pia', 'phone')
    const typing: boolean[] = []
    bob.on('typing', (signal) => typing.push(signal.typing))
    await Promise.all([ann, bob].map(live))
    const sent = await Promise.all([1, 2, 3, 4, 5].map((n) => ann.send({ user: 'pia' }, bytes(`${n}`))))
    const last = sent.at(-1)
    const conversationId = last?.conversationId ?? ''
    ann.typing(conversationId, true)
    ann.typing(conversationId, true)
    await eventually(() => typing.length === 1, 'typing')
    ann.typing(conversationId, false)
    await eventually(() => typing.length === 2, 'the end of typing')
    const atLeast = last?.position ?? ''
    const seqs: number[] = []
    for await (const message of bob.history(conversationId, { limit: 2, atLeast })) seqs.push(message.seq)
    expect(seqs).toEqual([5, 4, 3, 2, 1])
    const later: number[] = []
    for await (const message of bob.history(conversationId, { after: 2, limit: 2 })) later.push(message.seq)
    expect(later).toEqual([3, 4, 5])
    const peers: (string | null)[] = []
    for await (const entry of bob.inbox({ limit: 1, atLeast })) peers.push(entry.peer)
    expect(peers).toEqual(['oda'])
    expect(typing).toEqual([true, false])
  })
})
