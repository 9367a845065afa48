import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { conversationEvents, eventually } from '../../../support/client/client-world.ts'
import { hashOf, type Json, type Person, shownTo } from '../../../support/lies/liar.ts'
import { type LiarWorld, openLiarWorld } from '../../../support/lies/liar-world.ts'

const texts = ({ log }: Person) =>
  conversationEvents(log).flatMap(({ content }) => (content?.type === 'text' ? [content.body.text] : []))
const warnings = ({ log }: Person) =>
  log.flatMap((event) => (event.type === 'warning' ? [{ code: event.code, reason: event.details.reason }] : []))
const unsigned = ({ log }: Person) =>
  log.flatMap((event) => (event.type === 'trust' && event.notice.type === 'unsigned_change' ? [event.notice] : []))
const membersOf = ({ log }: Person, id: string) => {
  const newest = log.findLast((event) => event.type === 'members' && event.conversationId === id)
  return newest?.type === 'members' ? newest.members : []
}
const rolesOf = (person: Person, id: string) =>
  Object.fromEntries(membersOf(person, id).map(({ userId, role }) => [userId, role]))
const goneOf = (person: Person, id: string) =>
  membersOf(person, id).flatMap(({ userId, gone }) => (gone ? [userId] : []))

describe('A server that changes the members by its own word P5', () => {
  let liar: LiarWorld
  let ann: Person
  let bob: Person
  let cyd: Person
  let group: string

  beforeEach(async () => {
    group = randomUUID()
    liar = await openLiarWorld([group])
    ann = await liar.person('ann')
    bob = await liar.person('bob')
    cyd = await liar.person('cyd')
    await ann.client.createGroup({ conversationId: group, members: ['bob', 'cyd'] }).done
    await ann.client.send(group, { text: 'hello' })
    await eventually(() => [bob, cyd].every((one) => texts(one).includes('hello')), 'the first message')
  }, 60_000)
  afterEach(() => liar.world.close())

  /** In place of an event that says nothing of weight. */
  const tellBob = async (type: string, userId: string, data: Json, deviceId = 'one') => {
    const actor = { userId, deviceId }
    bob.server.onEvent = (event) => (event.type === 'ConversationRenamed' ? { ...event, type, actor, data } : event)
    await ann.client.rename(group, 'name 1')
    const text = `after ${randomUUID()}`
    await ann.client.send(group, { text })
    await eventually(() => texts(bob).includes(text), 'the next message')
    bob.server.onEvent = (event) => event
  }
  const dataOf = (type: string): Json => (liar.seen.events.find((event) => event.type === type)?.data ?? {}) as Json
  const present = () => ({ conversationId: group, generation: 0, epoch: epochNow() })
  const epochNow = () =>
    Math.max(
      ...liar.seen.events
        .filter(({ type }) => type === 'GroupCommitted')
        .map(({ data }) => Number((data as Json).epoch)),
    )
  const talks = async (from: Person, to: Person, text: string) => {
    await from.client.send(group, { text })
    await eventually(() => texts(to).includes(text), text)
  }

  it('is not needed: what members sign is believed, and shown with the roles that they have given', async () => {
    expect(rolesOf(bob, group)).toEqual({ ann: 'owner', bob: 'member', cyd: 'member' })
    await ann.client.setRole(group, 'bob', 'admin')
    await eventually(() => rolesOf(cyd, group).bob === 'admin', 'the new role')
    await bob.client.removeMember(group, 'cyd')
    await eventually(() => !shownTo(ann, group).has('cyd'), 'the removal by an admin')
    await bob.client.leave(group)
    await eventually(() => !shownTo(ann, group).has('bob'), 'the leaving')
    expect([ann, bob, cyd].flatMap((one) => [...warnings(one), ...unsigned(one)])).toEqual([])
  }, 60_000)

  it.each(['MemberRemoved', 'MemberLeft'])(
    'takes nobody out of the members by an unsigned %s: it is shown as the work of the server',
    async (type) => {
      await tellBob(type, type === 'MemberLeft' ? 'cyd' : 'ann', { userId: 'cyd', lastSeq: 1 })
      expect([...shownTo(bob, group)].sort()).toEqual(['ann', 'bob', 'cyd'])
      expect(goneOf(bob, group)).toEqual(['cyd'])
      expect(unsigned(bob)).toEqual([expect.objectContaining({ userId: 'cyd' })])
    },
    60_000,
  )

  it('cannot tell a removal again that a member has signed once', async () => {
    await ann.client.removeMember(group, 'cyd')
    await talks(ann, bob, 'without cyd')
    const old = dataOf('MemberRemoved')
    await ann.client.addMembers(group, ['cyd'])
    await talks(ann, bob, 'with cyd')
    await tellBob('MemberRemoved', 'ann', old)
    expect(warnings(bob)).toEqual([{ code: 'false_change', reason: 'replayed' }])
    expect([...shownTo(bob, group)].sort()).toEqual(['ann', 'bob', 'cyd'])
    expect(goneOf(bob, group)).toEqual([])
  }, 60_000)

  it('cannot turn what a member has signed into something else', async () => {
    await ann.client.addMembers(group, ['eve'])
    await talks(ann, bob, 'with eve')
    await ann.client.removeMember(group, 'eve')
    await talks(ann, bob, 'without eve')
    const signed = dataOf('MemberRemoved')
    await tellBob('MemberRemoved', 'ann', { ...signed, userId: 'cyd' })
    await tellBob('MemberRemoved', 'cyd', { ...signed, userId: 'ann' })
    await tellBob('MemberLeft', 'cyd', { ...signed, userId: 'cyd' })
    expect(warnings(bob).map(({ code }) => code)).toEqual(['false_change', 'false_change', 'false_change'])
    expect([...shownTo(bob, group)].sort()).toEqual(['ann', 'bob', 'cyd'])
    expect(goneOf(bob, group)).toEqual([])
  }, 60_000)

  it('gives nobody a right by the signature of a member who lacks it, nor by that of a stranger', async () => {
    const removal = { memberId: 'cyd', clientSeq: 7, change: 'removed' as const }
    const signed = await liar.colluder.sign({ ...present(), ...removal })
    await tellBob('MemberRemoved', 'eve', { userId: 'cyd', clientSeq: 7, signed })
    await ann.client.addMembers(group, ['eve'])
    await talks(ann, bob, 'with eve')
    const byMember = await liar.colluder.sign({ ...present(), ...removal })
    await tellBob('MemberRemoved', 'eve', { userId: 'cyd', clientSeq: 7, signed: byMember })
    expect(warnings(bob).map(({ code }) => code)).toEqual(['false_change', 'false_change'])
    expect(rolesOf(bob, group)).toEqual({ ann: 'owner', bob: 'member', cyd: 'member', eve: 'member' })
    expect(goneOf(bob, group)).toEqual([])
    await ann.client.setRole(group, 'cyd', 'admin')
    await eventually(() => rolesOf(bob, group).cyd === 'admin', 'the role by who may give it')
    await bob.client.setRole(group, 'eve', 'admin').catch(({ code }) => expect(code).toBe('forbidden'))
  }, 60_000)

  it('makes nobody an admin whose removals are then believed', async () => {
    await ann.client.addMembers(group, ['eve'])
    await talks(ann, bob, 'with eve')
    await tellBob('RoleChanged', 'ann', { userId: 'eve', role: 'admin', clientSeq: 9 })
    expect(unsigned(bob)).toEqual([{ type: 'unsigned_change', change: 'role', userId: 'eve' }])
    const signed = await liar.colluder.sign({ ...present(), memberId: 'cyd', clientSeq: 7, change: 'removed' })
    await tellBob('MemberRemoved', 'eve', { userId: 'cyd', clientSeq: 7, signed })
    expect(warnings(bob)).toEqual([{ code: 'false_change', reason: 'role' }])
    expect([...shownTo(bob, group)].sort()).toEqual(['ann', 'bob', 'cyd', 'eve'])
  }, 60_000)

  it('gives nobody a role by the commit of a member who may not give it', async () => {
    await ann.client.addMembers(group, ['eve'])
    await talks(ann, bob, 'with eve')
    const role = { userId: 'eve', role: 'owner' } as const
    const made = await liar.colluder.giveRole(group, epochNow(), role)
    if (made === undefined) throw new Error('the colluder is not in the group')
    const parts = { commit: null, ciphertext: toBase64(made.commit), welcome: null, removed: [], added: [] }
    const event = (type: string, data: Json) => {
      const stream = { kind: 'conversation', id: group }
      bob.tellEvent({ stream, position: '1', at: 1, type, actor: { userId: 'eve', deviceId: 'one' }, data })
    }
    event('RoleChanged', role)
    event('GroupCommitted', { generation: 0, epoch: made.epoch, external: false, ...parts })
    await eventually(() => warnings(bob).length > 0, 'the warning')
    expect(warnings(bob)).toEqual([{ code: 'false_change', reason: 'role' }])
    expect(rolesOf(bob, group)).toEqual({ ann: 'owner', bob: 'member', cyd: 'member', eve: 'member' })
  }, 60_000)

  it('cannot give a role again that was taken back: what counts is the commit', async () => {
    await ann.client.setRole(group, 'cyd', 'admin')
    await ann.client.setRole(group, 'cyd', 'member')
    await talks(ann, bob, 'as before')
    await tellBob('RoleChanged', 'ann', dataOf('RoleChanged'))
    expect(unsigned(bob)).toEqual([{ type: 'unsigned_change', change: 'role', userId: 'cyd' }])
    expect(rolesOf(bob, group).cyd).toBe('member')
  }, 60_000)

  it('shows an account that is erased as gone by the word of the server, who makes no owner for the others', async () => {
    await liar.world.asAdmin('DELETE', '/admin/users/ann')
    await eventually(() => unsigned(bob).length === 2 && unsigned(cyd).length === 2, 'the erasure')
    expect(unsigned(bob).map(({ change }) => change)).toEqual(expect.arrayContaining(['left', 'role']))
    await eventually(() => goneOf(bob, group).includes('ann'), 'who is gone')
    expect(rolesOf(bob, group)).toEqual({ ann: 'owner', bob: 'member', cyd: 'member' })
    await talks(bob, cyd, 'without ann')
    expect([bob, cyd].flatMap(warnings)).toEqual([])
  }, 60_000)

  it('cannot take somebody out by its word, to have a stranger let this person in again', async () => {
    const forged = await liar.colluder.forge(group, ['ann', 'bob'])
    await tellBob('MemberRemoved', 'ann', { userId: 'bob', lastSeq: 1 })
    await tellBob('MembersAdded', 'eve', { members: [{ userId: 'bob', role: 'member' }], lastSeq: 1 })
    bob.server.onRequest = (path) =>
      path.includes('/blobs/') ? new Response(forged?.welcome.slice(), { headers: {} }) : undefined
    const added = [{ userId: 'bob', deviceId: 'one', leaf: 1 }]
    const blob = { hash: hashOf(forged?.welcome ?? new Uint8Array()), size: 1 }
    const parts = { commit: null, ciphertext: null, welcome: blob, groupInfo: blob }
    bob.server.onEvent = (event) =>
      event.type === 'ConversationRenamed'
        ? {
            ...event,
            type: 'GroupCommitted',
            actor: { userId: 'eve', deviceId: 'one' },
            data: { generation: 0, epoch: 1, external: false, added, removed: [], ...parts },
          }
        : event
    await ann.client.rename(group, 'name 2')
    await eventually(() => warnings(bob).some(({ code }) => code === 'unknown_signer'), 'the warning')
    expect([...shownTo(bob, group)].sort()).toEqual(['ann', 'bob', 'cyd'])
    const before = liar.sealed.length
    void bob.client.send(group, { text: 'secret' }).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    for (const { ciphertext } of liar.sealed.slice(before))
      expect(await liar.colluder.reads(ciphertext)).toBeUndefined()
  }, 60_000)
})
