import type { WireEvent } from '@backscroll/protocol/server-frames'
import { beforeAll, describe, expect, it } from 'vitest'
import { BackscrollError } from '../../../../../packages/client/src/errors/backscroll-error.ts'
import { createApplyDeparture } from '../../../../../packages/client/src/groups/following/apply-departure.ts'
import { createFollowCommits } from '../../../../../packages/client/src/groups/following/follow-commits.ts'
import { createSnapshotCatchUp } from '../../../../../packages/client/src/groups/joining/snapshot-catch-up.ts'
import { noteClaim } from '../../../../../packages/client/src/groups/members/roster-changes.ts'
import { createSendChecks } from '../../../../../packages/client/src/groups/sending/send-checks.ts'
import { createSendPrerequisite } from '../../../../../packages/client/src/groups/sending/send-prerequisite.ts'
import { enterEpoch } from '../../../../../packages/client/src/groups/state/enter-epoch.ts'
import type { Group } from '../../../../../packages/client/src/groups/state/group.ts'
import { createGroupBook } from '../../../../../packages/client/src/groups/state/group-book.ts'
import { changesOf, loadGroups } from '../../../../../packages/client/src/groups/state/stored-group.ts'
import type { Rest } from '../../../../../packages/client/src/rest/rest-client.ts'
import { createStoreWriter } from '../../../../../packages/client/src/stores/store-writer.ts'
import { type TestDevice, testDevice } from '../../../../support/e2ee/device.ts'
import { departureBy, groupOfAnn } from '../../../../support/e2ee/signed-changes.ts'
import { createGroupWorld } from '../../../../support/e2ee/world.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'

let ann: TestDevice
let bob: TestDevice
beforeAll(async () => {
  ann = await testDevice('ann', '1')
  bob = await testDevice('bob', '1')
})
const me = { userId: 'bob', deviceId: '1' }
const onError = (thrown: unknown) => expect.fail(String(thrown))

/** Bob's device, which has come in by the Welcome of revision 5, at epoch 1. What the server tells of later ones is in `told`. */
const joinInBackground = async (appliedRevision: number) => {
  const group = groupOfAnn()
  const world = createGroupWorld(group.conversationId)
  const [b] = await world.add(await world.start(ann), [bob])
  enterEpoch(bob.engine, group, { state: b?.state, generation: 0, revision: 5, joins: true })
  group.appliedRevision = appliedRevision
  const clock = createVirtualClock()
  const writer = createStoreWriter({ write: async () => {} }, clock, onError)
  const book = createGroupBook(new Map([[group.conversationId, group]]), writer)
  const told: WireEvent[] = []
  const server = { isDown: false }
  const rest: Pick<Rest, 'read'> = {
    read: async ({ schema, query }) => {
      if (server.isDown) throw new BackscrollError('unavailable')
      return schema.parse({ events: told.filter(({ revision }) => revision >= Number(query?.from)) })
    },
  }
  return { group, book, clock, told, server, rest }
}
const removalOf = async (user: string, revision: number): Promise<WireEvent> => ({
  ...(await departureBy(ann, user, 'removed', { generation: 0, epoch: 1 })),
  revision,
})

const chainOf = ({ book, rest }: Awaited<ReturnType<typeof joinInBackground>>, claims: Group['claimed'][] = []) =>
  createFollowCommits({
    ...{ me, engine: bob.engine, book, rest, commitNotices: () => [], tell: () => {} },
    applyDeparture: createApplyDeparture({ me, engine: bob.engine }),
    applyCommit: async ({ claimed }) => {
      claims.push(claimed)
      return { seen: [] }
    },
  })

const stepsOf = () => {
  const isIn = ({ state }: Group) => state !== undefined
  const [renewal, readers] = [
    { isDue: () => false, isNeeded: () => true },
    { areFit: () => true, settle: () => {} },
  ]
  const absentMembers = { isReadable: () => true, due: () => [], requireReader: () => {} }
  const checks = createSendChecks({ me, engine: bob.engine, enter: { isIn }, renewal, readers, absentMembers })
  return createSendPrerequisite({ checks, enter: { isIn }, renewal, readers, absentMembers })
}
const entry = (group: Group, type: 'renew' | 'role') => {
  const change = type === 'renew' ? { type } : { type, userId: 'cyd', role: 'admin' as const }
  const command = { kind: 'group' as const, change, quiet: true }
  return { conversationId: group.conversationId, clientSeq: 1, messageId: 'm', command }
}

describe('A device that came in by a Welcome older than what it has taken in', () => {
  it('vouches for nobody before it has heard who left since, also after a restart', async () => {
    const world = await joinInBackground(7)
    world.group.unfollowed = true
    world.told.push(await removalOf('dan', 6))
    world.server.isDown = true
    await expect(chainOf(world)(world.group)).rejects.toMatchObject({ code: 'unavailable' })
    const stored = loadGroups(new Map(changesOf(world.group).map(({ key, value }) => [key, value])))
    const restarted = stored.get(world.group.conversationId)
    if (restarted === undefined) throw new Error('nothing was stored')
    for (const group of [world.group, restarted])
      for (const type of ['renew', 'role'] as const)
        expect(stepsOf()(group, entry(group, type))).toEqual({ do: 'catch_up' })
    world.server.isDown = false
    await chainOf(world)(restarted)
    expect([...restarted.roster.keys()]).toEqual(['ann', 'bob', 'cyd'])
    expect(stepsOf()(restarted, entry(restarted, 'renew'))).toMatchObject({ do: 'make_commit' })
  })

  it('takes in what came after the Welcome of a snapshot, also if it was out of the group before', async () => {
    const world = await joinInBackground(2)
    const { group, book, clock, rest, told } = world
    group.standing = 'out'
    told.push(await removalOf('dan', 6))
    const taken: number[] = []
    const { applySnapshot } = createSnapshotCatchUp({
      ...{ book, rest, clock, random: () => 0.5, onError, isClosed: () => false },
      plaintexts: { conversations: () => [], dropAfter: async () => [] },
      outbox: { waiting: () => [] },
      enter: {
        byWelcome: async () => {
          enterEpoch(bob.engine, group, { state: group.state, generation: 0, revision: 5, joins: true })
          group.appliedRevision = 5
          return true
        },
      },
      applyEvent: async ({ revision }) => {
        taken.push(revision)
        return { before: [] }
      },
    })
    const { conversationId } = group
    const texts = {
      name: null,
      description: null,
      createdAt: 0,
      memberCount: 4,
      retentionSeconds: null,
      posting: 'everyone' as const,
    }
    const conversation = {
      conversationId,
      kind: 'group' as const,
      ...texts,
      lastSeq: 0,
      lastMessageAt: 0,
      lastRevision: 6,
    }
    const inbox = { conversation, role: 'member' as const, peer: null, lastMessage: null, unread: 0 }
    const nothing = { watermarks: { delivered: 0, read: 0 }, messages: [], receipts: [] }
    const welcome = { conversationId, revision: 5, at: 0, generation: 0, epoch: 1, welcome: { hash: '', size: 0 } }
    await applySnapshot([{ ...inbox, ...nothing, revision: 6, welcome }])
    expect(taken).toEqual([6])
  })
})

describe('What an event says about the members', () => {
  const roleChanged = (revision: number): WireEvent => ({
    ...{ stream: { kind: 'conversation', id: groupOfAnn().conversationId }, revision, position: '1', at: 0 },
    ...{ type: 'RoleChanged', actor: { userId: 'ann', deviceId: '1' }, data: { userId: 'bob', role: 'owner' } },
  })
  const committed = (revision: number): WireEvent => ({
    ...roleChanged(revision),
    type: 'GroupCommitted',
    data: { generation: 0, epoch: 2, external: false, added: [], commit: null, welcome: null },
  })

  it('is compared with the commit right after it, also after a restart in between', async () => {
    const { group } = await joinInBackground(5)
    noteClaim(group, roleChanged(6), 'bob')
    const stored = new Map(changesOf(group).map(({ key, value }) => [key, value]))
    expect(loadGroups(stored).get(group.conversationId)?.claimed).toEqual(group.claimed)
    expect(group.claimed).toMatchObject({ by: 'ann/1', role: { userId: 'bob', role: 'owner' } })
  })

  it('and with no later one: the server makes an owner without any commit', async () => {
    const world = await joinInBackground(9)
    const claims: Group['claimed'][] = []
    world.told.push(roleChanged(6), await removalOf('dan', 7), committed(8))
    await chainOf(world, claims)(world.group)
    expect(claims).toEqual([undefined])
    world.told.splice(0, 3, roleChanged(6), committed(7))
    const newest = { by: 'ann/1', users: ['eve'] }
    world.group.claimed = newest
    await chainOf(world, claims)(world.group)
    expect(claims[1]).toMatchObject({ users: [], role: { userId: 'bob', role: 'owner' } })
    expect(world.group.claimed).toBe(newest)
  })
})
