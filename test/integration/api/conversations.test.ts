import { randomUUID } from 'node:crypto'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { commandResult } from '@backscroll/protocol/rest/command-result'
import { conversation } from '@backscroll/protocol/rest/conversations'
import { inboxPage } from '@backscroll/protocol/rest/inbox'
import { memberPage } from '@backscroll/protocol/rest/members'
import { messagePage, messageReceipts } from '@backscroll/protocol/rest/messages'
import { snapshotPage } from '@backscroll/protocol/rest/sync'
import { sendResult, syncPage } from '@backscroll/protocol/server-frames'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numbered, startDirect, startGroup as startGroupBy, text, textTo } from '../../support/api/conversations.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'
import { encryptedTo } from '../../support/groups/beginning.ts'
import type { Wanted } from '../../support/groups/fake-group.ts'
import { device } from '../../support/groups/mls-frames.ts'
import { sealedForm } from '../../support/groups/sealed-form.ts'
import { departure } from '../../support/groups/signed-act.ts'

let running: RunningApi
let alice: Caller
let bob: Caller
let eve: Caller
/** Stands still unless a test moves it: what follows from an order of times is nobody's luck. */
let moment = Date.now()

beforeAll(async () => {
  running = await startApi({}, {}, {}, () => moment)
  alice = await createCaller(running, 'alice')
  bob = await createCaller(running, 'bob')
  eve = await createCaller(running, 'eve')
})
afterAll(() => running.close())

const startGroup = async (members = ['bob']) => {
  const { started, ...made } = await startGroupBy(alice, 'alice', members)
  expect(started.status).toBe(200)
  return { ...made, position: commandResult.strict().parse(started.body).position }
}

describe('messages', () => {
  test('[M1] a messageId is used once in a conversation: also long after, and by nobody else', async () => {
    const heidi = await createCaller(running, 'heidi')
    const ivan = await createCaller(running, 'ivan')
    const { conversationId } = await startGroupBy(heidi, 'heidi', ['ivan'])
    const first = text(2, { conversationId })
    await heidi('POST', '/messages', first)
    const again = { ...text(3, { conversationId }), messageId: first.messageId }
    const taken = { status: 409, body: { code: 'message_id_taken', temporary: false } }
    expect(await heidi('POST', '/messages', again)).toMatchObject(taken)
    let position = ''
    for (let number = 3; number < 80; number += 1)
      position = (await heidi('POST', '/messages', text(number, { conversationId }))).body.position
    await heidi('GET', `/inbox?atLeast=${position}`)
    // The state has forgotten it by now.
    const copied = { ...text(1, { conversationId }), messageId: first.messageId }
    expect(await ivan('POST', '/messages', copied)).toMatchObject(taken)
    expect((await heidi('POST', '/messages', first)).body).toMatchObject({ duplicate: true, seq: 1 })
    // Another conversation is another matter.
    const { conversationId: other } = await startGroupBy(ivan, 'ivan', ['heidi'])
    const elsewhere = { ...text(2, { conversationId: other }), messageId: first.messageId }
    expect((await ivan('POST', '/messages', elsewhere)).status).toBe(200)
  })

  test('[M1] the id of an older reaction may come again, and does not let its new author act for the old one', async () => {
    const judy = await createCaller(running, 'judy')
    const karl = await createCaller(running, 'karl')
    const { conversationId } = await startGroupBy(judy, 'judy', ['karl'])
    const sent = (await judy('POST', '/messages', text(2, { conversationId }))).body
    const relatesTo = { kind: 'reaction', messageId: sent.messageId, revision: sent.revision }
    const reaction = text(1, { conversationId, relatesTo })
    const reacted = (await karl('POST', '/messages', reaction)).body
    for (let number = 2; number < 70; number += 1) await karl('POST', '/messages', text(number, { conversationId }))
    // The state has forgotten it by now, and the timeline holds messages alone.
    const copied = await judy('POST', '/messages', { ...text(3, { conversationId }), messageId: reaction.messageId })
    expect(copied.status).toBe(200)
    // A repeat is told by its number.
    expect((await karl('POST', '/messages', reaction)).body).toMatchObject({
      duplicate: true,
      revision: reacted.revision,
    })
    const shown = async (seq: number) => {
      const at = `/messages?conversationId=${conversationId}&before=${seq + 1}&limit=1&atLeast=${copied.body.position}`
      return messagePage.parse((await judy('GET', at)).body).messages[0]
    }
    expect(await shown(copied.body.seq)).toMatchObject({ messageId: reaction.messageId, actor: { userId: 'judy' } })
    const undo = (revision: number) => ({ kind: 'delete', messageId: reaction.messageId, revision })
    const take = (number: number, revision: number) =>
      karl('POST', '/messages', {
        ...text(number, { conversationId, relatesTo: undo(revision) }),
        ciphertext: undefined,
      })
    // By id and revision each names one of them: the message is not Karl's to delete, the reaction is.
    expect((await take(70, copied.body.revision)).status).toBe(403)
    const undone = await take(70, reacted.revision)
    expect(undone.status).toBe(200)
    await judy('GET', `/inbox?atLeast=${undone.body.position}`)
    expect(await shown(sent.seq)).toMatchObject({ messageId: sent.messageId, reactions: [] })
    expect(await shown(copied.body.seq)).toMatchObject({ messageId: reaction.messageId, deleted: null })
  })

  test('[M1][R2] a message to a person is in their direct conversation, and both read it back at its position', async () => {
    await startDirect(alice, 'alice', 'bob')
    const message = textTo('bob', 2)
    const sent = await alice('POST', '/messages', message)
    const result = sendResult.strict().parse(sent.body)
    expect(result).toMatchObject({ conversationId: directConversationId('alice', 'bob'), seq: 1, duplicate: false })
    const read = await bob('GET', `/messages?userId=alice&atLeast=${result.position}`)
    expect(read.headers['backscroll-position']).toMatch(/^\d+$/)
    const { messageId, ciphertext } = message
    for (const page of [read, await alice('GET', '/messages?userId=bob')])
      expect(messagePage.strict().parse(page.body).messages).toMatchObject([{ messageId, ciphertext }])
  })

  test('[M1] a message to a person opens no conversation: before its start there is none', async () => {
    const head = await running.log.head()
    expect(await alice('POST', '/messages', textTo('heidi', 1))).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    })
    expect(await running.log.head()).toBe(head)
    await startDirect(alice, 'alice', 'heidi')
    expect((await alice('POST', '/messages', textTo('heidi', 2))).status).toBe(200)
  })

  test('[M2] the same message again gets the original result, marked as a duplicate', async () => {
    await startDirect(alice, 'alice', 'carol')
    const message = textTo('carol', 2)
    const first = await alice('POST', '/messages', message)
    expect(first).toMatchObject({ status: 200, body: { duplicate: false } })
    const again = await alice('POST', '/messages', message)
    expect(again.body).toEqual({ ...first.body, duplicate: true })
  })

  test('[M3] a number out of turn is refused with the last accepted one', async () => {
    const { conversationId } = await startGroup()
    const refused = await alice('POST', '/messages', { ...text(9, { conversationId }), afterClientSeq: 7 })
    expect(refused).toMatchObject({ status: 409, body: { code: 'client_seq_gap', details: { last: 1 } } })
  })

  test('pages lead backwards and forwards through the whole history', async () => {
    const { conversationId } = await startGroup()
    let position = ''
    for (let n = 2; n <= 8; n++)
      position = (await alice('POST', '/messages', text(n, { conversationId }))).body.position
    const newest = await bob('GET', `/messages?conversationId=${conversationId}&limit=3&atLeast=${position}`)
    const seqs = (answer: { body: unknown }) => messagePage.parse(answer.body).messages.map(({ seq }) => seq)
    expect(seqs(newest)).toEqual([5, 6, 7])
    expect(newest.body.more).toBe(true)
    expect(seqs(await bob('GET', `/messages?conversationId=${conversationId}&limit=9&before=5`))).toEqual([1, 2, 3, 4])
    expect(seqs(await bob('GET', `/messages?conversationId=${conversationId}&limit=2&after=5`))).toEqual([6, 7])
  })

  test('[M4] edits, reactions and deletions come with their message, named by what history tells', async () => {
    const { conversationId } = await startGroup()
    const history = async (position: string) =>
      messagePage.parse((await bob('GET', `/messages?conversationId=${conversationId}&atLeast=${position}`)).body)
        .messages
    const sent = (await alice('POST', '/messages', text(2, { conversationId }))).body
    const ciphertext = encryptedTo(conversationId, 'edited')
    const to = (kind: string, { messageId, revision }: { messageId: string; revision: number }) => ({
      conversationId,
      relatesTo: { kind, messageId, revision },
    })
    await alice('POST', '/messages', { ...text(3, to('edit', sent)), ciphertext })
    const reacted = await bob('POST', '/messages', text(1, to('reaction', sent)))
    const [message] = await history(reacted.body.position)
    expect(message).toMatchObject({ ciphertext, edited: {}, reactions: [{ actor: { userId: 'bob' } }] })
    const [reaction] = message?.reactions ?? []
    if (reaction === undefined) throw new Error('no reaction')
    const undo = { ...text(2, to('delete', reaction)), ciphertext: undefined }
    const undone = await bob('POST', '/messages', undo)
    expect((await history(undone.body.position))[0]?.reactions).toEqual([])
    const deleted = await alice('POST', '/messages', { ...text(4, to('delete', sent)), ciphertext: undefined })
    expect((await history(deleted.body.position))[0]).toMatchObject({ ciphertext: null, deleted: { by: 'alice' } })
  })

  test('[M5] receipts say who got and read a message, and when', async () => {
    const { conversationId } = await startGroup()
    const sent = await alice('POST', '/messages', text(2, { conversationId }))
    const acknowledged = await bob('POST', `/conversations/${conversationId}/ack`, { upToSeq: 1, status: 'read' })
    expect(acknowledged).toMatchObject({ status: 200, body: { upToSeq: 1, status: 'read' } })
    const head = await running.log.head()
    const found = await alice('GET', `/messages/${sent.body.messageId}/receipts?atLeast=${head}`)
    expect(messageReceipts.strict().parse(found.body).items).toMatchObject([{ userId: 'bob', deviceId: 'phone' }])
    const beyond = await bob('POST', `/conversations/${conversationId}/ack`, { upToSeq: 2, status: 'read' })
    expect(beyond).toMatchObject({ status: 409, body: { code: 'beyond_last_seq', details: { last: 1 } } })
  })
})

describe('groups', () => {
  test('[E1] no conversation starts without its encryption group', async () => {
    const head = await running.log.head()
    for (const start of [{ conversationId: randomUUID(), members: ['bob'] }, { recipientId: 'ivan' }]) {
      const refused = await alice('POST', '/conversations', { ...start, ...numbered(1) })
      expect(refused).toMatchObject({ status: 409, body: { code: 'commit_required' } })
    }
    expect(await running.log.head()).toBe(head)
  })

  test('a group is started, changed, joined, handed over and left', async () => {
    const { conversationId, group } = await startGroup()
    const path = `/conversations/${conversationId}`
    const joining = { addUsers: ['carol', 'dave'], add: [device('carol'), device('dave')] }
    const [by, here] = [device('alice'), { conversationId, epoch: group.epoch + 2 }]
    const change = (wanted: Wanted) => {
      const request = group.commit(by, wanted)
      group.accepted(request)
      return request
    }
    const done = [
      await alice('PATCH', path, { name: sealedForm('name'), ...numbered(2) }),
      await alice('PATCH', path, { description: sealedForm('text'), ...numbered(3) }),
      await alice('PATCH', path, { retentionSeconds: 86_400, ...numbered(4) }),
      await alice('PATCH', path, { posting: 'admins', ...numbered(5) }),
      await alice('POST', `${path}/commits`, { ...change(joining), ...numbered(6) }),
      await alice('POST', `${path}/commits`, { ...change({ role: { userId: 'bob', role: 'owner' } }), ...numbered(7) }),
      await alice('DELETE', `${path}/members/dave`, departure(by, here, 'dave', numbered(8))),
      await alice('DELETE', `${path}/members/alice`, departure(by, here, 'alice', numbered(9))),
    ]
    expect(done.map(({ status }) => status)).toEqual(done.map(() => 200))
    const position = done.at(-1)?.body.position
    const seen = await bob('GET', `${path}?atLeast=${position}`)
    expect(conversation.strict().parse(seen.body)).toMatchObject({
      conversation: {
        kind: 'group',
        name: sealedForm('name'),
        retentionSeconds: 86_400,
        posting: 'admins',
        memberCount: 2,
      },
      role: 'owner',
    })
    const members = memberPage.strict().parse((await bob('GET', `${path}/members?limit=1`)).body)
    expect(members.items).toEqual([{ userId: 'bob', role: 'owner', invited: false }])
    const rest = await bob('GET', `${path}/members?cursor=${members.cursor}`)
    expect(rest.body).toEqual({ items: [{ userId: 'carol', role: 'member', invited: false }] })
  })

  test("[C5] a stream's own history comes by revision, without holes", async () => {
    const { conversationId } = await startGroup()
    const message = text(2, { conversationId })
    const sent = await alice('POST', '/messages', message)
    const path = `/conversations/${conversationId}/events`
    const first = await bob('GET', `${path}?limit=1&atLeast=${sent.body.position}`)
    expect(first.body).toMatchObject({ events: [{ revision: 0, type: 'ConversationStarted' }], next: 1 })
    const rest = await bob('GET', `${path}?from=1`)
    const { ciphertext } = message
    expect(rest.body.events).toMatchObject([
      { revision: 1, type: 'GroupCommitted' },
      { revision: 2, type: 'MessageSent', data: { ciphertext } },
    ])
    expect(rest.body).not.toHaveProperty('next')
  })

  test('[R4] a resource that a user may not see looks exactly like one that does not exist', async () => {
    const { conversationId } = await startGroup()
    const sent = await alice('POST', '/messages', text(2, { conversationId }))
    const answers = async (id: string, messageId: string) =>
      Promise.all([
        eve('GET', `/conversations/${id}?atLeast=${sent.body.position}`),
        eve('GET', `/conversations/${id}/members`),
        eve('GET', `/conversations/${id}/events`),
        eve('GET', `/messages?conversationId=${id}`),
        eve('GET', `/messages/${messageId}/receipts`),
        eve('POST', '/messages', text(1, { conversationId: id })),
        eve('POST', `/conversations/${id}/ack`, { upToSeq: 1, status: 'read' }),
        eve('PATCH', `/conversations/${id}`, { name: sealedForm('x'), ...numbered(1) }),
      ])
    const withoutId = ({ body }: { body: Record<string, unknown> }) => ({ ...body, requestId: undefined })
    const foreign = await answers(conversationId, sent.body.messageId)
    const unknown = await answers(randomUUID(), randomUUID())
    expect(foreign.map(({ status }) => status)).toEqual(Array(8).fill(404))
    expect(foreign.map(withoutId)).toEqual(unknown.map(withoutId))
  })
})

describe('inbox and sync', () => {
  test('the inbox shows the newest conversation first, with unread counts, page by page', async () => {
    const frank = await createCaller(running, 'frank')
    await startDirect(alice, 'alice', 'frank')
    await startDirect(bob, 'bob', 'frank')
    await alice('POST', '/messages', textTo('frank', 2))
    const message = textTo('frank', 2, 'bob')
    moment += 1
    const last = await bob('POST', '/messages', message)
    const first = await frank('GET', `/inbox?limit=1&atLeast=${last.body.position}`)
    const page = inboxPage.strict().parse(first.body)
    const { ciphertext } = message
    expect(page.items).toMatchObject([{ peer: 'bob', unread: 1, lastMessage: { ciphertext } }])
    const second = await frank('GET', `/inbox?cursor=${page.cursor}`)
    expect(inboxPage.strict().parse(second.body).items).toMatchObject([{ peer: 'alice', unread: 1 }])
  })

  test('[C3][C4] a snapshot gives a checkpoint, and sync everything after it', async () => {
    const grace = await createCaller(running, 'grace')
    await startDirect(alice, 'alice', 'grace')
    await alice('POST', '/messages', textTo('grace', 2))
    const snapshot = { conversations: 0, checkpoint: '', cursor: undefined as string | undefined }
    do {
      const cursor = snapshot.cursor === undefined ? '' : `&cursor=${snapshot.cursor}`
      const page = snapshotPage.strict().parse((await grace('GET', `/sync/snapshot?limit=1${cursor}`)).body)
      snapshot.conversations += page.conversations.length
      snapshot.checkpoint = page.checkpoint
      snapshot.cursor = page.cursor
    } while (snapshot.cursor !== undefined)
    expect(snapshot.conversations).toBe(1)
    const sent = await alice('POST', '/messages', textTo('grace', 3))
    const answer = await grace('GET', `/sync?since=${snapshot.checkpoint}`)
    const page = syncPage.strict().parse(answer.body)
    expect(page.events).toMatchObject([{ type: 'MessageSent', data: { messageId: sent.body.messageId } }])
    expect(BigInt(String(answer.headers['backscroll-position']))).toBeGreaterThanOrEqual(BigInt(sent.body.position))
  })

  test('[C3][R1] a made-up checkpoint or cursor is refused', async () => {
    expect(await alice('GET', '/sync?since=made-up')).toMatchObject({
      status: 410,
      body: { code: 'snapshot_required' },
    })
    for (const path of ['/inbox', '/sync/snapshot'])
      expect(await alice('GET', `${path}?cursor=made-up`)).toMatchObject({ status: 400, body: { code: 'bad_cursor' } })
  })
})
