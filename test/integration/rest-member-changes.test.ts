import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ann, bob, carol, openGroupWorld } from '../support/group-world.ts'
import { departure, otherRole, signedChange } from '../support/signed-act.ts'

let world: Awaited<ReturnType<typeof openGroupWorld>>
beforeEach(async () => {
  world = await openGroupWorld()
  await world.start(['bob', 'carol'], [bob, carol])
})
afterEach(() => world.close())

const next = { clientSeq: 2, afterClientSeq: 1 }
const here = () => ({ conversationId: world.id, epoch: world.group.epoch })
const path = (userId: string) => `/conversations/${world.id}/members/${userId}`
const remove = (body: object) => world.call(ann, 'DELETE', path('bob'), body)

describe('[E9] a change of the members', () => {
  test('comes to the members with the signature of the device that made it', async () => {
    const body = otherRole(ann, here(), { memberId: 'bob', role: 'admin' }, next)
    expect((await world.command(ann, 'PATCH', path('bob'), body)).status).toBe(200)
    expect((await world.remove(bob, 'carol')).status).toBe(200)
    const events = await world.eventsOf(bob)
    const { generation, epoch, proof, number } = body
    expect(events.at(-2).data).toMatchObject({ userId: 'bob', signed: { generation, epoch, proof, number } })
    expect(events.at(-1)).toMatchObject({ type: 'MemberRemoved', data: { userId: 'carol', signed: { epoch: 1 } } })
  })

  test('that is not signed, or whose signature is no signature, is not well formed', async () => {
    const { proof: _, ...unsigned } = departure(ann, here(), 'bob', next)
    const long = { ...departure(ann, here(), 'bob', next) }
    long.proof = { ...long.proof, credential: 'A'.repeat(4000) }
    for (const body of [unsigned, long]) expect((await remove(body)).body.code).toBe('invalid')
    expect((await world.call(ann, 'PATCH', path('bob'), { role: 'admin', ...next })).body.code).toBe('invalid')
  })

  test('that other things are signed for, or another device has signed, does not happen', async () => {
    const good = departure(ann, here(), 'bob', next)
    const facts = { ...here(), generation: 0, ...ann, memberId: 'bob', change: 'removed' as const, clientSeq: 2 }
    const wrong = [
      { ...facts, conversationId: '018f0000-0000-7000-8000-000000000001' },
      { ...facts, memberId: 'carol' },
      { ...facts, clientSeq: 3 },
      { ...facts, change: 'left' as const },
      { ...facts, userId: 'carol' },
      { ...facts, epoch: 0 },
    ].map((one) => ({ ...good, proof: signedChange(one).proof }))
    for (const body of wrong) expect((await remove(body)).body.code).toBe('commit_mismatch')
    const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const swapped = { ...good, proof: { ...good.proof, signatureKey: other.toString('base64') } }
    expect((await remove(swapped)).body.code).toBe('commit_mismatch')
    expect((await remove(good)).status).toBe(200)
  })

  test('that was signed in another epoch is to be signed again', async () => {
    const stale = await remove(departure(ann, { ...here(), epoch: 7 }, 'bob', next))
    expect(stale.body).toMatchObject({ code: 'stale_epoch', details: { generation: 0, epoch: 1 } })
  })
})
