import { randomUUID } from 'node:crypto'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ann, bob, bobTablet, carol, dave, openGroupWorld } from '../../support/api/group-world.ts'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import type { DeviceName } from '../../support/groups/mls-frames.ts'

let world: Awaited<ReturnType<typeof openGroupWorld>>
beforeEach(async () => {
  world = await openGroupWorld()
})
afterEach(() => world.close())

describe('[E1] [E5] messages', () => {
  test('are ciphertext to this group at this epoch, whatever they relate to', async () => {
    await world.start(['bob'], [bob])
    const sent = await world.send(ann, world.group.message('one'))
    expect(sent.status).toBe(200)
    const plain = Buffer.from('plaintext').toString('base64')
    expect((await world.send(ann, plain)).body.code).toBe('not_ciphertext')
    const { messageId, revision } = sent.body
    for (const kind of ['edit', 'reaction', 'reply']) {
      const relatesTo = { messageId, revision, kind }
      expect((await world.send(ann, plain, { relatesTo })).body.code).toBe('not_ciphertext')
      expect((await world.send(ann, world.group.message('again'), { relatesTo })).status).toBe(200)
    }
    expect((await world.send(ann, createFakeGroup(randomUUID()).message())).body.code).toBe('not_ciphertext')
    const stale = await world.send(ann, world.group.message('', 0))
    expect(stale.body).toMatchObject({ code: 'stale_epoch', details: { generation: 0, epoch: 1 } })
  })

  test('wait for the removal of a member who has left, which any member commits', async () => {
    await world.start(['bob', 'carol'], [bob, bobTablet, carol])
    await world.remove(ann, 'bob')
    const waiting = await world.send(carol, world.group.message())
    expect(waiting.body).toMatchObject({ code: 'commit_required', details: { devices: 'bob/phone,bob/tablet' } })
    expect((await world.commit(carol, world.group.commit(carol))).body.code).toBe('commit_required')
    expect((await world.commit(carol, world.group.commit(carol, { remove: [bob, bobTablet] }))).status).toBe(200)
    expect((await world.send(ann, world.group.message('', 1))).body.code).toBe('stale_epoch')
    expect((await world.send(ann, world.group.message())).status).toBe(200)
  })

  test('members are added by commits only: there is no other way', async () => {
    await world.start(['bob'], [bob])
    const added = await world.command(ann, 'POST', `/conversations/${world.id}/members`, { userIds: ['carol'] })
    expect(added).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
  })
})

describe('[E4] the group info', () => {
  test('is that of the present epoch, with the tree and what waits, for members only', async () => {
    await world.start(['bob', 'carol'], [bob])
    const path = `/conversations/${world.id}/group-info`
    const request = world.group.commit(ann, { add: [carol] })
    await world.commit(ann, request)
    await world.remove(ann, 'bob')
    const { body } = await world.call(carol, 'GET', path)
    expect(body).toMatchObject({ generation: 0, epoch: 2, groupInfo: request.groupInfo, pendingRemovals: [bob] })
    expect(body.leaves).toEqual([
      { ...ann, leaf: 0 },
      { ...bob, leaf: 1 },
      { ...carol, leaf: 2 },
    ])
    for (const one of [bob, dave]) expect((await world.call(one, 'GET', path)).status).toBe(404)
  })

  test('lets a member’s device in that nobody added', async () => {
    await world.start(['bob'], [bob])
    expect((await world.commit(bobTablet, world.group.join(bobTablet))).status).toBe(200)
    expect((await world.send(bobTablet, world.group.message())).status).toBe(200)
    expect((await world.commit(dave, world.group.join(dave))).status).toBe(404)
  })
})

test('a direct conversation that both open at once is one: who was later finds it with a Welcome waiting', async () => {
  const opened = (by: DeviceName, peer: DeviceName) => {
    const own = createFakeGroup(directId)
    return world.call(by, 'POST', '/conversations', {
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
  await expect.poll(async () => (await world.welcomesOf(later)).length).toBe(1)
})
