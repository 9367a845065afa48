import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ann, bob, carol, openGroupWorld } from '../../support/api/group-world.ts'
import { departure, signedDeparture } from '../../support/groups/signed-act.ts'

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
const giving = (userId: string, role: 'owner' | 'admin' | 'member') => ({ role: { userId, role } })
const group = () => world.call(bob, 'GET', `/conversations/${world.id}/group-info`)

describe('[E9] a departure', () => {
  test('comes to the members with the signature of the device that made it', async () => {
    await world.commit(ann, world.group.commit(ann, giving('bob', 'admin')))
    expect((await world.remove(bob, 'carol')).status).toBe(200)
    const events = await world.eventsOf(bob)
    expect(events.at(-1)).toMatchObject({ type: 'MemberRemoved', data: { userId: 'carol', signed: { epoch: 2 } } })
  })

  test('that is not signed, or whose signature is no signature, is not well formed', async () => {
    const { proof: _, ...unsigned } = departure(ann, here(), 'bob', next)
    const long = { ...departure(ann, here(), 'bob', next) }
    long.proof = { ...long.proof, credential: 'A'.repeat(4000) }
    for (const body of [unsigned, long]) expect((await remove(body)).body.code).toBe('invalid')
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
    ].map((one) => ({ ...good, proof: signedDeparture(one).proof }))
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

  test('is told with the GroupInfo until a commit, and no commit passes whose maker did not know of it', async () => {
    const { revision: before, departures: none } = (await group()).body
    expect(none).toEqual([])
    await world.remove(ann, 'carol')
    const { revision, departures } = (await group()).body
    expect(departures).toEqual([revision])
    const early = { ...world.group.commit(bob, { remove: [carol] }), upTo: before }
    const refused = await world.commit(bob, early)
    expect(refused.body).toMatchObject({ code: 'stale_epoch', details: { generation: 0, epoch: 1 } })
    expect((await world.commit(bob, { ...early, upTo: revision })).status).toBe(200)
    expect((await group()).body.departures).toEqual([])
  })

  test('of a member without a device is told as well', async () => {
    await world.commit(ann, world.group.commit(ann, { addUsers: ['dave'] }))
    await world.remove(ann, 'dave')
    const { revision, departures, pendingRemovals } = (await group()).body
    expect([departures, pendingRemovals]).toEqual([[revision], []])
    const rejoin = world.group.join(bob)
    expect((await world.commit(bob, { ...rejoin, upTo: revision - 1 })).body.code).toBe('stale_epoch')
    expect((await world.commit(bob, { ...rejoin, upTo: revision })).status).toBe(200)
  })
})

describe('[E9] a role', () => {
  test('is given by a commit that states it, and comes before that commit', async () => {
    expect((await world.commit(ann, world.group.commit(ann, giving('bob', 'admin')))).status).toBe(200)
    const events = await world.eventsOf(bob)
    expect(events.at(-2)).toMatchObject({ type: 'RoleChanged', actor: ann, data: giving('bob', 'admin').role })
    expect(events.at(-1)).toMatchObject({ type: 'GroupCommitted', data: { epoch: 2, added: [], removed: [] } })
    expect((await world.call(bob, 'GET', `/conversations/${world.id}`)).body.role).toBe('admin')
  })

  test('that the commit does not state, or with which something else changes, is not given', async () => {
    const { role } = giving('bob', 'admin')
    const stated = world.group.commit(ann, { role })
    const silent = world.group.commit(ann)
    const wrong = [
      { ...silent, change: { ...silent.change, role } },
      { ...stated, change: silent.change },
      { ...stated, change: { ...silent.change, role: giving('bob', 'owner').role } },
      { ...stated, change: { ...silent.change, role: giving('carol', 'admin').role } },
      world.group.commit(ann, { role, remove: [carol] }),
    ]
    for (const request of wrong) expect((await world.commit(ann, request)).body.code).toBe('commit_mismatch')
    expect((await group()).body.epoch).toBe(1)
  })

  test('is given by nobody who may not, and to nobody who is no member', async () => {
    const refusals = [
      [bob, giving('bob', 'owner'), 'forbidden'],
      [ann, giving('dave', 'admin'), 'not_a_member'],
      [ann, giving('ann', 'member'), 'last_owner'],
    ] as const
    for (const [by, wanted, code] of refusals)
      expect((await world.commit(by, world.group.commit(by, wanted))).body.code).toBe(code)
    expect((await world.eventsOf(bob)).map(({ type }: { type: string }) => type)).not.toContain('RoleChanged')
  })
})
