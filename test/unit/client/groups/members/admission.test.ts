import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../../../../packages/client/src/encoding/base64.ts'
import { createApplyCommit } from '../../../../../packages/client/src/groups/following/apply-commit.ts'
import { type Admission, admit, requireMembers } from '../../../../../packages/client/src/groups/members/admission.ts'
import { type Group, newGroup } from '../../../../../packages/client/src/groups/state/group.ts'
import type { CommitOptions } from '../../../../../packages/client/src/mls/commits/create-commit.ts'
import { rolesOfOwner, withRole } from '../../../../../packages/client/src/mls/members/member-roles.ts'
import type { GroupState } from '../../../../../packages/client/src/mls/state/group-state.ts'
import { claimFrom, type TestDevice, testDevice } from '../../../../support/e2ee/device.ts'

const id = '00000000-0000-4000-8000-000000000001'
const direct = directConversationId('ann', 'bob')
const member = (userId: string, leaf = 0) => ({ userId, deviceId: 'one', leaf, identityKey: '' })
const rosterOf = (...users: readonly string[]) => new Map(users.map((user) => [user, 'ann/one']))

const known = (conversationId: string, ...users: readonly string[]): Group => {
  const group = newGroup(conversationId)
  group.roster = rosterOf(...users)
  group.highest = { generation: 0, epoch: 5 }
  return group
}
const offer = (changes: Partial<Admission> = {}): Admission => ({
  ...{ generation: 0, epoch: 6, signer: member('ann'), invited: false },
  ...{ members: [member('ann'), member('bob', 1)], roster: rosterOf('ann', 'bob') },
  ...{ roles: rolesOfOwner('ann'), departing: [] },
  ...changes,
})
const withEve = { members: [member('ann'), member('bob', 1), member('eve', 2)] }

describe('The members that a joining device accepts', () => {
  const users = (group: Group, admission: Admission) => [...admit(group, 'bob', admission).roster.keys()].sort()

  it('is whom the signer of the GroupInfo names [E7], also those who have no device yet', () => {
    expect(users(newGroup(id), offer({ roster: rosterOf('ann', 'bob', 'cyd') }))).toEqual(['ann', 'bob', 'cyd'])
    expect(users(newGroup(id), offer({ roster: undefined }))).toEqual(['ann', 'bob'])
  })

  it('is nobody when somebody is in the tree whom the signer does not name', () => {
    expect(() => users(newGroup(id), offer(withEve))).toThrow(expect.objectContaining({ code: 'stranger' }))
  })

  it('is nobody who has left, though the devices are still in the tree where the signer says that they wait for removal', () => {
    expect(users(newGroup(id), offer({ ...withEve, departing: ['eve'] }))).toEqual(['ann', 'bob'])
    expect(users(known(id, 'ann', 'bob'), offer({ ...withEve, departing: ['eve'], epoch: 5 }))).toEqual(['ann', 'bob'])
    expect(() => users(newGroup(id), offer({ ...withEve, departing: ['cyd'] }))).toThrow(
      expect.objectContaining({ code: 'stranger' }),
    )
    const two = offer({ ...withEve, departing: ['eve'] })
    expect(() => users(newGroup(direct), two)).toThrow(expect.objectContaining({ code: 'stranger' }))
  })

  it('is, for a device that knew members, only by the word of one of them', () => {
    const group = known(id, 'ann', 'bob')
    const signed = offer({ ...withEve, roster: rosterOf('ann', 'bob', 'eve') })
    expect(users(group, signed)).toEqual(['ann', 'bob', 'eve'])
    const byEve = { ...signed, signer: member('eve', 2) }
    expect(() => users(group, byEve)).toThrow(expect.objectContaining({ code: 'unknown_signer' }))
    expect(users(group, { ...byEve, invited: true })).toEqual(['ann', 'bob', 'eve'])
  })

  it('is nobody who has left, by an epoch that is not newer than what the device has seen', () => {
    const group = known(id, 'ann', 'bob')
    const old = offer({ ...withEve, roster: rosterOf('ann', 'bob', 'eve'), epoch: 5 })
    expect(() => users(group, old)).toThrow(expect.objectContaining({ code: 'stranger' }))
    expect(users(group, { ...old, members: [member('ann'), member('bob', 1)] })).toEqual(['ann', 'bob'])
    expect(users(group, { ...old, generation: 1, epoch: 1 })).toEqual(['ann', 'bob', 'eve'])
  })

  it('has the roles that the signer states, unless a plain member has begun a group that was reset', () => {
    const group = known(id, 'ann', 'bob')
    group.roles = withRole(rolesOfOwner('ann'), 'bob', 'admin')
    const seized = offer({ signer: member('cyd'), members: [member('cyd')], roles: rolesOfOwner('cyd') })
    group.roster = rosterOf('ann', 'bob', 'cyd')
    for (const epoch of [0, 1, 2])
      expect(admit(group, 'bob', { ...seized, roster: group.roster, generation: 1, epoch }).roles).toBe(group.roles)
    const byAdmin = { ...seized, signer: member('bob'), members: [member('bob')], roster: group.roster, generation: 1 }
    expect(admit(group, 'cyd', byAdmin).roles).toEqual(rolesOfOwner('cyd'))
    expect(admit(group, 'bob', { ...seized, roster: group.roster }).roles).toEqual(rolesOfOwner('cyd'))
  })

  it.each([newGroup(direct), known(direct, 'ann', 'bob')])(
    'is nobody but the two in a direct conversation',
    (group) => {
      const signed = offer({ ...withEve, roster: rosterOf('ann', 'bob', 'eve'), invited: true })
      expect(() => users(group, signed)).toThrow(expect.objectContaining({ code: 'stranger' }))
      expect(users(group, { ...signed, members: [member('ann'), member('bob', 1)] })).toEqual(['ann', 'bob'])
    },
  )

  it('is compared before each seal', () => {
    const all = [member('ann'), member('eve', 1)]
    expect(() => requireMembers(known(id), 'ann', all, rosterOf('ann'))).toThrow()
    expect(() => requireMembers(known(id), 'ann', all, rosterOf('ann', 'eve'))).not.toThrow()
    expect(() => requireMembers(known(direct), 'ann', all, rosterOf('ann', 'eve'))).toThrow()
  })
})

describe('A commit that a device follows', () => {
  let ann: TestDevice
  let bob: TestDevice
  let eve: TestDevice
  let before: { readonly ann: GroupState; readonly bob: GroupState }

  beforeAll(async () => {
    ann = await testDevice('ann', 'one')
    bob = await testDevice('bob', 'one')
    eve = await testDevice('eve', 'one')
    const { own, claimed } = await claimFrom(bob)
    const start = await ann.engine.createGroup(id, ann.device)
    const made = await ann.engine.commitAdd(start, [claimed], { roster: rosterOf('ann', 'bob', 'cyd') })
    const joined = await bob.engine.join(id, made.welcome ?? new Uint8Array(), bob.device, [own])
    expect(joined.vouched).toMatchObject({ signer: { userId: 'ann' }, roster: rosterOf('ann', 'bob', 'cyd') })
    before = { ann: ann.engine.acceptPending(start, made), bob: joined.state }
  })

  const take = async (options: CommitOptions, claimed: 'ann' | 'eve' = 'ann', ...members: readonly string[]) => {
    const { claimed: eves } = await claimFrom(eve)
    const made = await ann.engine.commitAdd(before.ann, [eves], options)
    const group = known(id, ...(members.length === 0 ? ['ann', 'bob'] : members))
    group.state = before.bob
    group.claimed = { by: `${claimed}/one`, users: ['eve'] }
    const data = {
      ...{ generation: 0, epoch: 2, external: false, added: [], commit: null, welcome: null },
      ciphertext: toBase64(made.commit),
    }
    const event: WireEvent = {
      ...{ stream: { kind: 'conversation', id }, revision: 7, position: '7', type: 'GroupCommitted', at: 1 },
      ...{ actor: { userId: 'ann', deviceId: 'one' }, data },
    }
    const unused = () => {
      throw new Error('It is not asked')
    }
    const applyCommit = createApplyCommit({
      ...{ me: { userId: 'bob', deviceId: 'one' }, engine: bob.engine, device: () => bob.device },
      directory: { blob: unused } as never,
      ...{ stock: { all: () => [] } as never, alongside: () => {} },
    })
    return { group, taken: await applyCommit(group, event) }
  }

  it('lets in whom its committer states [E5], and says by whom', async () => {
    const { group, taken } = await take({ addUsers: ['eve'] })
    expect(taken.warning).toBeUndefined()
    expect(group.roster.get('eve')).toBe('ann/one')
    expect(bob.engine.epoch(group.state ?? before.bob)).toBe(2)
  })

  it('does not count when it adds a device of somebody whom nobody let in; the state stays', async () => {
    const { group, taken } = await take({})
    expect(taken.warning).toMatchObject({ code: 'stranger', details: { userId: 'eve' } })
    expect(group.state).toBe(before.bob)
    expect(group.roster.has('eve')).toBe(false)
  })

  it('is refused when its committer is no member any more, whom it states and whom it adds alike', async () => {
    const stated = await take({ addUsers: ['eve'] }, 'ann', 'bob')
    const silent = await take({ roster: rosterOf('ann', 'bob', 'eve') }, 'ann', 'bob', 'eve')
    for (const { group, taken } of [stated, silent]) {
      expect(taken.warning).toMatchObject({ code: 'stranger', details: { userId: 'ann' } })
      expect(group.state).toBe(before.bob)
    }
    expect(stated.group.roster.has('eve')).toBe(false)
  })

  it('is told when the server says that somebody else let them in', async () => {
    const { group, taken } = await take({ addUsers: ['eve'] }, 'eve')
    expect(taken.warning).toMatchObject({ code: 'false_members' })
    expect(group.roster.get('eve')).toBe('ann/one')
  })
})
