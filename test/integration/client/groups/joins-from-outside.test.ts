import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BackscrollClient, ClientOptions } from '../../../../packages/client/src/api/client-api.ts'
import { type ClientWorld, eventually, openClientWorld, record } from '../../../support/client/client-world.ts'

/** A second device of a member comes in by a commit of its own: it believes the newest GroupInfo, and hands it on. */
let world: ClientWorld
let group: string
const logs = new Map<BackscrollClient, ReturnType<typeof record>>()
const start = async (user: string, device = 'one', options: Partial<ClientOptions> = {}) => {
  const client = await world.client(user, device, options)
  logs.set(client, record(client))
  await client.start()
  return client
}
const rolesAt = (client: BackscrollClient) => {
  const newest = logs.get(client)?.findLast((event) => event.type === 'members' && event.conversationId === group)
  const members = newest?.type === 'members' ? newest.members : []
  return Object.fromEntries(members.map(({ userId, role }) => [userId, role]))
}
const addedBy = (client: BackscrollClient, user: string) => {
  const newest = logs.get(client)?.findLast((event) => event.type === 'members' && event.conversationId === group)
  return newest?.type === 'members' ? newest.members.find(({ userId }) => userId === user)?.addedBy : undefined
}
/** A user who is met for the first time is no reason for a warning. */
const complaints = () =>
  [...logs.values()]
    .flat()
    .filter((event) => event.type === 'warning' || (event.type === 'trust' && event.notice.type === 'unsigned_change'))

beforeEach(async () => {
  logs.clear()
  world = await openClientWorld()
  group = randomUUID()
})
afterEach(() => world.close())

test('and so it knows the roles as they are now, and what they allow', async () => {
  const [ann, bob, cyd, dan] = await Promise.all(['ann', 'bob', 'cyd', 'dan'].map((user) => start(user)))
  if (!ann || !bob || !cyd || !dan) throw new Error('nobody is there')
  await ann.createGroup({ conversationId: group, members: ['bob', 'cyd', 'dan'] }).done
  await ann.setRole(group, 'cyd', 'admin')
  await ann.setRole(group, 'bob', 'owner')
  await ann.setRole(group, 'ann', 'member')
  const roles = { ann: 'member', bob: 'owner', cyd: 'admin', dan: 'member' }
  const second = await start('bob', 'two')
  await eventually(() => Object.keys(rolesAt(second)).length > 0, 'the second device is in')
  expect(rolesAt(second)).toEqual(roles)
  // By its commit everybody who comes later learns the roles.
  const third = await start('cyd', 'two')
  await eventually(() => Object.keys(rolesAt(third)).length > 0, 'the third device is in')
  expect(rolesAt(third)).toEqual(roles)
  await cyd.removeMember(group, 'dan')
  await eventually(() => [second, third].every((one) => !('dan' in rolesAt(one))), 'the removal by the new admin')
  await bob.setRole(group, 'ann', 'admin')
  await eventually(() => [ann, cyd, second, third].every((one) => rolesAt(one).ann === 'admin'), 'the newest role')
  expect(complaints()).toEqual([])
}, 60_000)

test('and so it leaves out who has gone since, of whom no commit says so', async () => {
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((user) => start(user)))
  if (!ann || !bob) throw new Error('nobody is there')
  await world
    .token('gil', 'none')
    .then((token) => fetch(`${world.url()}/me`, { headers: { authorization: `Bearer ${token}` } }))
  const { users } = await ann.createGroup({ conversationId: group, members: ['bob', 'gil'] }).done
  expect(users).toEqual({ bob: 'added', gil: 'without_device' })
  await ann.removeMember(group, 'gil')
  const second = await start('bob', 'two')
  await eventually(() => 'ann' in rolesAt(second), 'the second device is in')
  expect(rolesAt(second)).toEqual({ ann: 'owner', bob: 'member' })
  // Nor does it tell others of gil: they come in by what it has signed.
  const third = await start('ann', 'two')
  await eventually(() => 'bob' in rolesAt(third), 'the third device is in')
  expect(rolesAt(third)).toEqual({ ann: 'owner', bob: 'member' })
  expect(addedBy(third, 'bob')).toEqual({ userId: 'ann', deviceId: 'one' })
  expect(complaints()).toEqual([])
}, 60_000)

test('and so it removes devices of who has left, and others come in after it meanwhile', async () => {
  let mayCommit = true
  const lazy: typeof fetch = async (input, init) => {
    if (!mayCommit && String(input).endsWith('/commits')) throw new TypeError('fetch failed')
    return fetch(input, init)
  }
  const [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd'].map((user) => start(user, 'one', { fetch: lazy })))
  if (!ann || !bob || !cyd) throw new Error('nobody is there')
  await ann.createGroup({ conversationId: group, members: ['bob', 'cyd'] }).done
  await eventually(() => 'cyd' in rolesAt(bob), 'the group')
  mayCommit = false
  await cyd.leave(group)
  const second = await start('bob', 'two')
  await eventually(() => 'ann' in rolesAt(second), 'the second device is in')
  const third = await start('ann', 'two')
  await eventually(() => 'bob' in rolesAt(third), 'the third device is in')
  expect([rolesAt(second), rolesAt(third)]).toEqual(Array(2).fill({ ann: 'owner', bob: 'member' }))
  await third.send(group, { text: 'without cyd' })
  const heard = (client: BackscrollClient) =>
    logs.get(client)?.some((event) => event.type === 'message' && event.content?.type === 'text')
  await eventually(() => [ann, bob, second].every((one) => heard(one)), 'the message')
  expect(heard(cyd)).toBe(false)
  expect(complaints()).toEqual([])
}, 60_000)

test('and so it hears of no role that was given by an owner whom the server alone has made', async () => {
  const [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd'].map((user) => start(user)))
  if (!ann || !bob || !cyd) throw new Error('nobody is there')
  await ann.createGroup({ conversationId: group, members: ['bob', 'cyd'] }).done
  await eventually(() => 'cyd' in rolesAt(bob) && 'bob' in rolesAt(cyd), 'all are in')
  await world.asAdmin('DELETE', '/admin/users/ann')
  const isAppointed = () =>
    complaints().some((event) => event.type === 'trust' && 'change' in event.notice && event.notice.change === 'role')
  await eventually(isAppointed, 'the server appoints an owner')
  const signed = { ann: 'owner', bob: 'member', cyd: 'member' }
  await bob.setRole(group, 'cyd', 'admin')
  const second = await start('cyd', 'two')
  await eventually(() => 'cyd' in rolesAt(second), 'the second device is in')
  expect([bob, cyd, second].map(rolesAt)).toEqual([signed, signed, signed])
  // Nor is anybody out by its word: for its own devices as little as for those of others.
  await bob.removeMember(group, 'cyd')
  const another = await start('bob', 'two')
  await eventually(() => 'bob' in rolesAt(another), 'the last device is in')
  expect([bob, another].map(rolesAt)).toEqual([signed, signed])
  const refused = () =>
    complaints().flatMap((event) =>
      event.type === 'warning' && event.code === 'false_change' ? [event.details.type] : [],
    )
  await eventually(() => ['RoleChanged', 'MemberRemoved'].every((type) => refused().includes(type)), 'the warnings')
}, 60_000)
