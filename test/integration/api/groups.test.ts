import { randomUUID } from 'node:crypto'
import { limits } from '@backscroll/protocol/limits'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ann, bob, bobTablet, carol, dave, openGroupWorld, sha256 } from '../../support/api/group-world.ts'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import type { DeviceName } from '../../support/groups/mls-frames.ts'

let world: Awaited<ReturnType<typeof openGroupWorld>>
beforeEach(async () => {
  world = await openGroupWorld()
})
afterEach(() => world.close())

describe('[E3] welcomes', () => {
  test('wait for exactly the devices that were added, until they are acknowledged', async () => {
    await world.start(['bob', 'carol'], [bob, carol])
    const [waiting] = await world.welcomesOf(bob)
    expect(waiting).toMatchObject({ conversationId: world.id, revision: 1, generation: 0, epoch: 1 })
    expect(await world.welcomesOf(carol)).toHaveLength(1)
    for (const one of [ann, bobTablet, dave]) expect(await world.welcomesOf(one)).toEqual([])

    const bytes = await world.blobOf(bob, waiting.welcome.hash)
    expect(bytes.headers['content-type']).toBe('application/octet-stream')
    expect(sha256(bytes.rawPayload)).toBe(waiting.welcome.hash)
    expect(bytes.rawPayload.length).toBe(waiting.welcome.size)

    const acknowledged = { conversationId: world.id, revision: waiting.revision }
    for (let times = 0; times < 2; times += 1) {
      expect((await world.call(bob, 'POST', '/devices/phone/welcomes/ack', acknowledged)).status).toBe(200)
    }
    await expect.poll(() => world.welcomesOf(bob)).toEqual([])
    expect(await world.welcomesOf(carol)).toHaveLength(1)
  })

  test('of another device are nobody’s business, and one acknowledges only what there is', async () => {
    await world.start(['bob'], [bob])
    expect((await world.call(bobTablet, 'GET', '/devices/phone/welcomes')).status).toBe(404)
    const path = '/devices/phone/welcomes/ack'
    expect((await world.call(bobTablet, 'POST', path, { conversationId: world.id, revision: 1 })).status).toBe(404)
    expect((await world.call(bob, 'POST', path, { conversationId: world.id, revision: 99 })).status).toBe(404)
    expect((await world.call(dave, 'POST', path, { conversationId: world.id, revision: 1 })).status).toBe(404)
    expect((await world.call(bob, 'POST', path, { conversationId: randomUUID(), revision: 1 })).status).toBe(404)
  })

  test('are part of the snapshot, for the device that asks', async () => {
    await world.start(['bob'], [bob])
    const of = async (one: DeviceName) => (await world.call(one, 'GET', '/sync/snapshot')).body.conversations[0].welcome
    expect(await of(bob)).toMatchObject({ conversationId: world.id, revision: 1, epoch: 1 })
    expect(await of(bobTablet)).toBeNull()
    expect(await of(ann)).toBeNull()
  })

  test('are void once the device is removed, has come in from outside, or the group was reset', async () => {
    await world.start(['bob', 'carol'], [bob, bobTablet, carol])
    await world.commit(bob, world.group.join(bob))
    expect(await world.welcomesOf(bob)).toEqual([])
    await world.commit(bob, world.group.commit(bob, { remove: [bobTablet] }))
    expect(await world.welcomesOf(bobTablet)).toEqual([])
    await world.remove(ann, 'carol')
    expect(await world.welcomesOf(carol)).toEqual([])
    await world.commit(ann, world.group.commit(ann, { remove: [carol] }))
    await world.commit(ann, world.group.commit(ann, { addUsers: ['carol'], add: [carol] }))
    expect(await world.welcomesOf(carol)).toMatchObject([{ epoch: 5 }])
    expect((await world.reset(ann, 1)).status).toBe(200)
    expect(await world.welcomesOf(carol)).toEqual([])
  })
})

describe('[E3] a commit', () => {
  test('changes group and members at once; everybody finds it in the events, also who joins by it', async () => {
    await world.start(['bob'], [bob])
    const request = world.group.commit(ann, { addUsers: ['carol'], add: [carol] })
    expect((await world.commit(ann, request)).status).toBe(200)
    const [joined, committed] = (await world.eventsOf(carol)).slice(-2)
    expect(joined).toMatchObject({ type: 'MembersAdded', revision: 2 })
    expect(committed).toMatchObject({ type: 'GroupCommitted', revision: 3 })
    expect(committed.data).toMatchObject({ epoch: 2, commit: null, ciphertext: request.commit, clientSeq: 2 })
    expect(committed.data.added).toEqual([{ ...carol, leaf: 2 }])
    expect((await world.eventsOf(bob)).length).toBe(4)
  })

  test('is answered again like the first time, and its number takes nothing else', async () => {
    await world.start(['bob'], [bob])
    const request = { ...world.group.commit(ann), clientSeq: 2, afterClientSeq: 1 }
    const first = await world.call(ann, 'POST', `/conversations/${world.id}/commits`, request)
    const again = await world.call(ann, 'POST', `/conversations/${world.id}/commits`, request)
    expect([first.body.duplicate, again.body.duplicate]).toEqual([false, true])
    expect(again.body.revision).toBe(first.body.revision)
  })

  test('of more than 64 KiB is a blob, which members read and nobody else', async () => {
    await world.start(['bob'], [bob])
    const request = world.group.commit(ann, { padding: 70_000 })
    expect((await world.commit(ann, request)).status).toBe(200)
    const { data } = (await world.eventsOf(bob)).at(-1)
    expect(data.ciphertext).toBeNull()
    const blob = await world.blobOf(bob, data.commit.hash)
    expect(blob.rawPayload.toString('base64')).toBe(request.commit)
    expect((await world.blobOf(dave, data.commit.hash)).statusCode).toBe(404)
    expect((await world.blobOf(bob, '0'.repeat(64))).statusCode).toBe(404)
    expect((await world.blobOf(bob, 'events.db')).statusCode).toBe(400)
  })

  test('may be large, up to a limit that the refusal tells', async () => {
    await world.start(['bob'], [bob])
    const large = { ...world.group.commit(ann), groupInfo: Buffer.alloc(limits.groupPartBytes + 1).toString('base64') }
    const { status, body } = await world.commit(ann, large)
    expect([status, body.code, body.details]).toEqual([413, 'too_large', { field: 'groupInfo', limit: 2_097_152 }])
    expect((await world.commit(ann, world.group.commit(ann, { padding: 1_500_000 }))).status).toBe(200)
  })

  test('that is none, or of another conversation, is refused before anything is stored', async () => {
    await world.start(['bob'], [bob])
    const foreign = createFakeGroup(randomUUID())
    foreign.begin(ann, [bob])
    const text = Buffer.from('hello, this is plaintext').toString('base64')
    for (const request of [
      { ...world.group.commit(ann), commit: text },
      { ...world.group.commit(ann), groupInfo: text },
      { ...world.group.commit(ann), welcome: text },
      { ...world.group.commit(ann), commit: world.group.message() },
      foreign.commit(ann),
    ]) {
      expect((await world.commit(ann, request)).body.code).toBe('commit_mismatch')
    }
  })

  test('that removes nobody may come thirty times at once, then waits; a removal never does', async () => {
    await world.start(['bob'], [bob])
    for (let times = 0; times < 30; times += 1)
      expect((await world.commit(ann, world.group.commit(ann))).status).toBe(200)
    const { body } = await world.commit(ann, world.group.commit(ann))
    expect(body).toMatchObject({ code: 'rate_limited', temporary: true })
    expect(body.retryAfterMs).toBeGreaterThan(5_000)
    await world.remove(ann, 'bob')
    expect((await world.commit(ann, world.group.commit(ann, { remove: [bob] }))).status).toBe(200)
  })
})
