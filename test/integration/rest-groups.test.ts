import { createHash, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { directConversationId } from '../../src/protocol/direct-conversation-id.ts'
import { limits } from '../../src/protocol/limits.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../support/api-harness.ts'
import { type CommitRequest, createFakeGroup, type FakeGroup } from '../support/fake-group.ts'
import { device } from '../support/mls-frames.ts'

const [ann, bob, bobTablet, carol, dave] = [
  device('ann'),
  device('bob'),
  device('bob', 'tablet'),
  device('carol'),
  device('dave'),
]

let running: RunningApi
let id: string
let group: FakeGroup
let callers: Map<object, Caller>
let numbers: Map<object, number>
beforeEach(async () => {
  running = await startApi()
  id = randomUUID()
  group = createFakeGroup(id)
  callers = new Map()
  numbers = new Map()
  for (const one of [ann, bob, bobTablet, carol, dave]) {
    callers.set(one, await createCaller(running, one.userId, one.deviceId))
  }
})
afterEach(() => running.close())

type Device = typeof ann

const call = (by: Device, ...request: Parameters<Caller>) => {
  const caller = callers.get(by)
  if (caller === undefined) throw new Error('no such device')
  return caller(...request)
}

/** A numbered command; the number is used up if it was accepted. Waits until the views hold its event. */
const command = async (by: Device, method: 'POST' | 'DELETE', path: string, body: object = {}) => {
  const last = numbers.get(by) ?? 0
  const numbered = { clientSeq: last + 1, afterClientSeq: last }
  const url = method === 'DELETE' ? `${path}?clientSeq=${last + 1}&afterClientSeq=${last}` : path
  const answer = await call(by, method, url, method === 'DELETE' ? undefined : { ...body, ...numbered })
  if (answer.status !== 200) return answer
  numbers.set(by, last + 1)
  await call(by, 'GET', `/inbox?atLeast=${answer.body.position}`)
  return answer
}

const start = (members: readonly string[], others: readonly Device[]) =>
  command(ann, 'POST', '/conversations', { conversationId: id, members, group: group.begin(ann, others) })

const commit = async (by: Device, request: CommitRequest) => {
  const answer = await command(by, 'POST', `/conversations/${id}/commits`, request)
  if (answer.status === 200) group.accepted(request)
  return answer
}

const send = (by: Device, ciphertext: string, more: object = {}) =>
  command(by, 'POST', '/messages', { conversationId: id, messageId: randomUUID(), ciphertext, ...more })

const remove = (by: Device, userId: string) => command(by, 'DELETE', `/conversations/${id}/members/${userId}`)
const welcomesOf = async (one: Device) => (await call(one, 'GET', `/devices/${one.deviceId}/welcomes`)).body.items
const eventsOf = async (one: Device) => (await call(one, 'GET', `/conversations/${id}/events?from=0`)).body.events
const blobOf = async (one: Device, hash: string) =>
  running.api.inject({
    url: `/conversations/${id}/blobs/${hash}`,
    headers: { authorization: `Bearer ${await running.tokenFor(one.userId, one.deviceId)}` },
  })
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('[E3] welcomes', () => {
  test('wait for exactly the devices that were added, until they are acknowledged', async () => {
    await start(['bob', 'carol'], [bob, carol])
    const [waiting] = await welcomesOf(bob)
    expect(waiting).toMatchObject({ conversationId: id, revision: 1, generation: 0, epoch: 1 })
    expect(await welcomesOf(carol)).toHaveLength(1)
    for (const one of [ann, bobTablet, dave]) expect(await welcomesOf(one)).toEqual([])

    const bytes = await blobOf(bob, waiting.welcome.hash)
    expect(bytes.headers['content-type']).toBe('application/octet-stream')
    expect(sha256(bytes.rawPayload)).toBe(waiting.welcome.hash)
    expect(bytes.rawPayload.length).toBe(waiting.welcome.size)

    const acknowledged = { conversationId: id, revision: waiting.revision }
    for (let times = 0; times < 2; times += 1) {
      expect((await call(bob, 'POST', '/devices/phone/welcomes/ack', acknowledged)).status).toBe(200)
    }
    await expect.poll(() => welcomesOf(bob)).toEqual([])
    expect(await welcomesOf(carol)).toHaveLength(1)
  })

  test('of another device are nobody’s business, and one acknowledges only what there is', async () => {
    await start(['bob'], [bob])
    expect((await call(bobTablet, 'GET', '/devices/phone/welcomes')).status).toBe(404)
    const path = '/devices/phone/welcomes/ack'
    expect((await call(bobTablet, 'POST', path, { conversationId: id, revision: 1 })).status).toBe(404)
    expect((await call(bob, 'POST', path, { conversationId: id, revision: 99 })).status).toBe(404)
    expect((await call(dave, 'POST', path, { conversationId: id, revision: 1 })).status).toBe(404)
    expect((await call(bob, 'POST', path, { conversationId: randomUUID(), revision: 1 })).status).toBe(404)
  })

  test('are part of the snapshot, for the device that asks', async () => {
    await start(['bob'], [bob])
    const of = async (one: Device) => (await call(one, 'GET', '/sync/snapshot')).body.conversations[0].welcome
    expect(await of(bob)).toMatchObject({ conversationId: id, revision: 1, epoch: 1 })
    expect(await of(bobTablet)).toBeNull()
    expect(await of(ann)).toBeNull()
  })

  test('are void once the device is removed, has come in from outside, or the group was reset', async () => {
    await start(['bob', 'carol'], [bob, bobTablet, carol])
    await commit(bob, group.join(bob))
    expect(await welcomesOf(bob)).toEqual([])
    await commit(bob, group.commit(bob, { remove: [bobTablet] }))
    expect(await welcomesOf(bobTablet)).toEqual([])
    await remove(ann, 'carol')
    expect(await welcomesOf(carol)).toEqual([])
    await commit(ann, group.commit(ann, { remove: [carol] }))
    await commit(ann, group.commit(ann, { addUsers: ['carol'], add: [carol] }))
    expect(await welcomesOf(carol)).toMatchObject([{ epoch: 5 }])
    await command(ann, 'POST', `/conversations/${id}/group-reset`)
    expect(await welcomesOf(carol)).toEqual([])
  })
})

describe('[E3] a commit', () => {
  test('changes group and members at once; everybody finds it in the events, also who joins by it', async () => {
    await start(['bob'], [bob])
    const request = group.commit(ann, { addUsers: ['carol'], add: [carol] })
    expect((await commit(ann, request)).status).toBe(200)
    const [joined, committed] = (await eventsOf(carol)).slice(-2)
    expect(joined).toMatchObject({ type: 'MembersAdded', revision: 2 })
    expect(committed).toMatchObject({ type: 'GroupCommitted', revision: 3 })
    expect(committed.data).toMatchObject({ epoch: 2, commit: null, ciphertext: request.commit, clientSeq: 2 })
    expect(committed.data.added).toEqual([{ ...carol, leaf: 2 }])
    expect((await eventsOf(bob)).length).toBe(4)
  })

  test('is answered again like the first time, and its number takes nothing else', async () => {
    await start(['bob'], [bob])
    const request = { ...group.commit(ann), clientSeq: 2, afterClientSeq: 1 }
    const first = await call(ann, 'POST', `/conversations/${id}/commits`, request)
    const again = await call(ann, 'POST', `/conversations/${id}/commits`, request)
    expect([first.body.duplicate, again.body.duplicate]).toEqual([false, true])
    expect(again.body.revision).toBe(first.body.revision)
  })

  test('of more than 64 KiB is a blob, which members read and nobody else', async () => {
    await start(['bob'], [bob])
    const request = group.commit(ann, { padding: 70_000 })
    expect((await commit(ann, request)).status).toBe(200)
    const { data } = (await eventsOf(bob)).at(-1)
    expect(data.ciphertext).toBeNull()
    const blob = await blobOf(bob, data.commit.hash)
    expect(blob.rawPayload.toString('base64')).toBe(request.commit)
    expect((await blobOf(dave, data.commit.hash)).statusCode).toBe(404)
    expect((await blobOf(bob, '0'.repeat(64))).statusCode).toBe(404)
    expect((await blobOf(bob, 'events.db')).statusCode).toBe(400)
  })

  test('may be large, up to a limit that the refusal tells', async () => {
    await start(['bob'], [bob])
    const large = { ...group.commit(ann), groupInfo: Buffer.alloc(limits.groupPartBytes + 1).toString('base64') }
    const { status, body } = await commit(ann, large)
    expect([status, body.code, body.details]).toEqual([413, 'too_large', { field: 'groupInfo', limit: 2_097_152 }])
    expect((await commit(ann, group.commit(ann, { padding: 1_500_000 }))).status).toBe(200)
  })

  test('that is none, or of another conversation, is refused before anything is stored', async () => {
    await start(['bob'], [bob])
    const foreign = createFakeGroup(randomUUID())
    foreign.begin(ann, [bob])
    const text = Buffer.from('hello, this is plaintext').toString('base64')
    for (const request of [
      { ...group.commit(ann), commit: text },
      { ...group.commit(ann), groupInfo: text },
      { ...group.commit(ann), welcome: text },
      { ...group.commit(ann), commit: group.message() },
      foreign.commit(ann),
    ]) {
      expect((await commit(ann, request)).body.code).toBe('commit_mismatch')
    }
  })

  test('that removes nobody may come three times at once, then waits; a removal never does', async () => {
    await start(['bob'], [bob])
    for (let times = 0; times < 3; times += 1) expect((await commit(ann, group.commit(ann))).status).toBe(200)
    const { body } = await commit(ann, group.commit(ann))
    expect(body).toMatchObject({ code: 'rate_limited', temporary: true })
    expect(body.retryAfterMs).toBeGreaterThan(5_000)
    await remove(ann, 'bob')
    expect((await commit(ann, group.commit(ann, { remove: [bob] }))).status).toBe(200)
  })
})

describe('[E1] [E5] messages', () => {
  test('are ciphertext to this group at this epoch, whatever they relate to', async () => {
    await start(['bob'], [bob])
    const sent = await send(ann, group.message('one'))
    expect(sent.status).toBe(200)
    const plain = Buffer.from('plaintext').toString('base64')
    expect((await send(ann, plain)).body.code).toBe('not_ciphertext')
    const { messageId, revision } = sent.body
    for (const kind of ['edit', 'reaction', 'reply']) {
      const relatesTo = { messageId, revision, kind }
      expect((await send(ann, plain, { relatesTo })).body.code).toBe('not_ciphertext')
      expect((await send(ann, group.message('again'), { relatesTo })).status).toBe(200)
    }
    expect((await send(ann, createFakeGroup(randomUUID()).message())).body.code).toBe('not_ciphertext')
    const stale = await send(ann, group.message('', 0))
    expect(stale.body).toMatchObject({ code: 'stale_epoch', details: { generation: 0, epoch: 1 } })
  })

  test('wait for the removal of whoever has gone, which any member commits', async () => {
    await start(['bob', 'carol'], [bob, bobTablet, carol])
    await remove(ann, 'bob')
    const waiting = await send(carol, group.message())
    expect(waiting.body).toMatchObject({ code: 'commit_required', details: { devices: 'bob/phone,bob/tablet' } })
    expect((await commit(carol, group.commit(carol))).body.code).toBe('commit_required')
    expect((await commit(carol, group.commit(carol, { remove: [bob, bobTablet] }))).status).toBe(200)
    expect((await send(ann, group.message('', 1))).body.code).toBe('stale_epoch')
    expect((await send(ann, group.message())).status).toBe(200)
  })

  test('members are added by commits only', async () => {
    await start(['bob'], [bob])
    const added = await command(ann, 'POST', `/conversations/${id}/members`, { userIds: ['carol'] })
    expect(added.body.code).toBe('commit_required')
  })
})

describe('[E4] the group info', () => {
  test('is that of the present epoch, with the tree and what waits, for members only', async () => {
    await start(['bob', 'carol'], [bob])
    const path = `/conversations/${id}/group-info`
    const request = group.commit(ann, { add: [carol] })
    await commit(ann, request)
    await remove(ann, 'bob')
    const { body } = await call(carol, 'GET', path)
    expect(body).toMatchObject({ generation: 0, epoch: 2, groupInfo: request.groupInfo, pendingRemovals: [bob] })
    expect(body.leaves).toEqual([
      { ...ann, leaf: 0 },
      { ...bob, leaf: 1 },
      { ...carol, leaf: 2 },
    ])
    for (const one of [bob, dave]) expect((await call(one, 'GET', path)).status).toBe(404)
  })

  test('lets a member’s device in that nobody added', async () => {
    await start(['bob'], [bob])
    expect((await commit(bobTablet, group.join(bobTablet))).status).toBe(200)
    expect((await send(bobTablet, group.message())).status).toBe(200)
    expect((await commit(dave, group.join(dave))).status).toBe(404)
  })
})

test('a direct conversation that both open at once is one: who was later finds it with a Welcome waiting', async () => {
  const opened = (by: Device, peer: Device) => {
    const own = createFakeGroup(directId)
    return call(by, 'POST', '/conversations', {
      recipientId: peer.userId,
      group: own.begin(by, [peer]),
      clientSeq: 1,
      afterClientSeq: 0,
    })
  }
  const directId = directConversationId('ann', 'bob')
  const answers = await Promise.all([opened(ann, bob), opened(bob, ann)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  const later = answers[0].status === 200 ? bob : ann
  await expect.poll(async () => (await welcomesOf(later)).length).toBe(1)
})
