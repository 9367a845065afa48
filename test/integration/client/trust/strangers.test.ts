import { randomUUID } from 'node:crypto'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { conversationEvents, eventually } from '../../../support/client/client-world.ts'
import { hashOf, type Json, type Lies, type Person, shownTo } from '../../../support/lies/liar.ts'
import { type LiarWorld, openLiarWorld } from '../../../support/lies/liar-world.ts'

const texts = ({ log }: Person) =>
  conversationEvents(log).flatMap(({ content }) => (content?.type === 'text' ? [content.body.text] : []))
const codes = ({ log }: Person) => log.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
const notices = ({ log }: Person) => log.flatMap((event) => (event.type === 'trust' ? [event.notice.type] : []))
const failed = ({ log }: { readonly log: readonly ClientEvent[] }) => log.filter(({ type }) => type === 'failed')

const all = async <Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const found: Item[] = []
  for await (const one of items) found.push(one)
  return found
}

const quietly = (work: Promise<unknown>) => void work.catch(() => {})

const direct = directConversationId('ann', 'bob')
const untold = { revision: 0, departures: [], pendingRemovals: [] }
const leaves = ['ann', 'bob'].map((userId, leaf) => ({ userId, deviceId: 'one', leaf }))
const says =
  (type: string, userId: string, data: Json) =>
  (event: Json): Json =>
    event.type === 'ConversationRenamed' ? { ...event, type, actor: { userId, deviceId: 'one' }, data } : event
const movedOn = (generation: number, epoch: number): Lies => ({
  frame: ({ id }) => {
    const refusal = { type: 'error', id, code: 'stale_epoch', message: 'a lie', temporary: false }
    return { ...refusal, details: { generation, epoch } }
  },
})

describe('A server that wants somebody else to read P5', () => {
  let liar: LiarWorld
  let ann: Person
  let bob: Person
  let group: string

  beforeEach(async () => {
    group = randomUUID()
    liar = await openLiarWorld([direct, group])
    ann = await liar.person('ann')
    bob = await liar.person('bob')
  }, 60_000)
  afterEach(() => liar.world.close())

  const readByEve = async () => {
    await Promise.all(liar.working.splice(0))
    const read: string[] = []
    for (const { by, ciphertext } of liar.sealed)
      if ((await liar.colluder.reads(ciphertext)) !== undefined) read.push(by.user)
    return read
  }
  const talkInGroup = async () => {
    await ann.client.createGroup({ conversationId: group, members: ['bob'] }).done
    await ann.client.send(group, { text: 'hello' })
    await eventually(() => texts(bob).includes('hello'), 'the first message')
  }
  /** In place of an event that says nothing of weight. */
  const tellBob = async (change: (event: Json) => Json) => {
    bob.server.onEvent = change
    await ann.client.rename(group, 'name 1')
    await ann.client.send(group, { text: 'after it' })
    await eventually(() => texts(bob).includes('after it'), 'the next message')
    bob.server.onEvent = (event) => event
  }

  it('cannot bring a device into its own group under the id of a direct conversation, and has to let them talk', async () => {
    await ann.client.send({ user: 'bob' }, { text: 'hello' })
    await eventually(() => texts(bob).includes('hello'), 'the first message')
    const forged = await liar.colluder.forge(direct, ['ann', 'bob'])
    const hash = hashOf(forged?.welcome ?? new Uint8Array())
    const data = {
      ...{ generation: 0, epoch: 1, external: false, added: leaves, removed: [], commit: null, ciphertext: null },
      ...{ welcome: { hash, size: 1 }, groupInfo: { hash, size: 1 } },
    }
    const actor = { userId: 'eve', deviceId: 'one' }
    const event = {
      ...{ stream: { kind: 'conversation', id: direct }, revision: 1, position: '1', type: 'GroupCommitted' },
      ...{ at: 1, actor, data },
    }
    const item = { conversationId: direct, revision: 1, at: 1, generation: 0, epoch: 1, welcome: { hash, size: 1 } }
    ann.server.onRequest = (path) =>
      path.includes('/blobs/') ? new Response(forged?.welcome.slice(), { headers: {} }) : undefined
    ann.lies.push(movedOn(0, 9), { answer: { match: /\/welcomes$/, make: () => ({ items: [item] }) } })
    // First what follows the commits that it has, then the event of the Welcome.
    for (const events of [[], [], [event]]) ann.lies.push({ answer: { match: /\/events$/, make: () => ({ events }) } })
    await ann.client.send(direct, { text: 'secret' })
    await eventually(() => texts(bob).includes('secret'), 'the message of who came back')
    expect(await readByEve()).toEqual([])
    expect(codes(ann)).toEqual(['missing_commits', 'stranger'])
    expect(notices(ann)).toContain('rejoined')
    expect([...shownTo(ann, direct)].sort()).toEqual(['ann', 'bob'])
  }, 60_000)

  it.each([
    ['of its own, signed by nobody who is known', 'unknown_signer', 'group'],
    ['of its own, of a direct conversation', 'stranger', 'direct'],
  ] as const)(
    'cannot let a device come in from outside to a group %s',
    async (_what, code, where) => {
      await ann.client.send({ user: 'bob' }, { text: 'hello' })
      await talkInGroup()
      const id = where === 'direct' ? direct : group
      const forged = await liar.colluder.forge(id, ['ann', 'bob'])
      const info = {
        ...untold,
        conversationId: id,
        generation: 0,
        epoch: 7,
        groupInfo: toBase64(forged?.groupInfo ?? new Uint8Array()),
        leaves,
      }
      const lie = (): Lies => ({ answer: { match: /\/group-info$/, make: () => info } })
      ann.lies.push(movedOn(0, 7), lie(), lie())
      await expect(ann.client.send(id, { text: 'secret' })).rejects.toMatchObject({
        code: 'encryption',
        details: { reason: code },
      })
      expect(codes(ann)).toEqual(['missing_commits', code])
      expect(failed(ann)).toHaveLength(1)
      expect(await readByEve()).toEqual([])
      await ann.client.send(id, { text: 'said again' })
      await eventually(() => texts(bob).includes('said again'), 'the message once it is honest')
    },
    60_000,
  )

  it.each([
    ['as its event names it', true, 'forbidden_commit'],
    ['that is not what its event names', false, 'malformed'],
  ])(
    'cannot give a Welcome of somebody else for that of the member whom it names, %s',
    async (_what, named, code) => {
      const forged = await liar.colluder.forge(group, ['bob'])
      const welcome = forged?.welcome ?? new Uint8Array()
      bob.server.onRequest = (path) =>
        path.includes('/blobs/') ? new Response(welcome.slice(), { headers: {} }) : undefined
      bob.server.onEvent = ({ data, ...event }) =>
        named && event.type === 'GroupCommitted'
          ? { ...event, data: { ...(data as Json), welcome: { hash: hashOf(welcome), size: welcome.length } } }
          : { ...event, data }
      await ann.client.createGroup({ conversationId: group, members: ['bob'] }).done
      await eventually(() => codes(bob).length > 0, 'the warning')
      expect(codes(bob)).toContain(code)
      expect(shownTo(bob, group).size).toBe(0)
      quietly(bob.client.send(group, { text: 'secret' }))
      bob.server.onRequest = () => undefined
      bob.server.onEvent = (event) => event
      await eventually(() => texts(ann).includes('secret'), 'the message once it is honest')
      expect(await readByEve()).toEqual([])
    },
    60_000,
  )

  it('cannot bring back who was removed by an old state of the group', async () => {
    await talkInGroup()
    await ann.client.addMembers(group, ['eve'])
    await ann.client.send(group, { text: 'with eve' })
    await ann.client.removeMember(group, 'eve')
    await ann.client.send(group, { text: 'without eve' })
    expect(await readByEve()).toEqual(['ann'])
    liar.sealed.splice(0)
    // The group in which the colluder was, as a member has signed it.
    const old = liar.seen.infos.find(({ epoch }) => epoch === 1)
    const info = { ...untold, conversationId: group, generation: 0, epoch: 2, ...old, leaves }
    const lie = (): Lies => ({ answer: { match: /\/group-info$/, make: () => info } })
    ann.lies.push(movedOn(0, 9), lie(), lie())
    await expect(ann.client.send(group, { text: 'secret' })).rejects.toMatchObject({ details: { reason: 'stranger' } })
    expect(await readByEve()).toEqual([])
    await ann.client.send(group, { text: 'again' })
    await eventually(() => texts(bob).includes('again'), 'the message once it is honest')
    expect(await readByEve()).toEqual([])
  }, 60_000)

  it('cannot make somebody a member by its word, and is told on', async () => {
    await talkInGroup()
    await tellBob(says('MembersAdded', 'ann', { members: [{ userId: 'eve', role: 'member' }], lastSeq: 1 }))
    await bob.client.send(group, { text: 'of bob' })
    const make = ({ items, ...answer }: Json) => {
      return { ...answer, items: [...(items as Json[]), { userId: 'eve', role: 'member' }] }
    }
    bob.lies.push({ answer: { match: /\/members$/, make } })
    const listed = await all(bob.client.members(group))
    expect(listed.map(({ userId }) => userId).sort()).toEqual(['ann', 'bob'])
    expect(listed.map(({ addedBy }) => addedBy)).toEqual(listed.map(() => ({ userId: 'ann', deviceId: 'one' })))
    await eventually(() => codes(bob).length === 2, 'both warnings')
    expect(codes(bob)).toEqual(['false_members', 'false_members'])
    expect([...shownTo(bob, group)].sort()).toEqual(['ann', 'bob'])
    expect(await readByEve()).toEqual([])
  }, 60_000)

  it('cannot hide who was let in', async () => {
    await talkInGroup()
    bob.server.onEvent = (event) =>
      event.type === 'MembersAdded' ? { ...event, type: 'ConversationRenamed', data: { name: '' } } : event
    await ann.client.addMembers(group, ['eve'])
    await eventually(() => shownTo(bob, group).has('eve'), 'eve is shown')
    expect(codes(bob)).toEqual(['false_members'])
    const hide = ({ items, ...answer }: Json) => ({
      ...answer,
      items: (items as Json[]).filter(({ userId }) => userId !== 'eve'),
    })
    bob.lies.push({ answer: { match: /\/members$/, make: hide } })
    const listed = await all(bob.client.members(group))
    expect(listed.find(({ userId }) => userId === 'eve')?.addedBy).toEqual({ userId: 'ann', deviceId: 'one' })
  }, 60_000)

  it('cannot give up a group in the name of a member', async () => {
    await talkInGroup()
    await tellBob(says('GroupReset', 'ann', { generation: 1, clientSeq: 9 }))
    await bob.client.send(group, { text: 'of bob' })
    await eventually(() => texts(ann).includes('of bob'), 'the message in the group as it is')
    expect(codes(bob)).toEqual(['false_reset'])
  }, 60_000)

  it('cannot end a direct conversation by saying that somebody left it', async () => {
    await ann.client.send({ user: 'bob' }, { text: 'hello' })
    await eventually(() => texts(bob).includes('hello'), 'the first message')
    bob.server.onEvent = (event) =>
      event.type === 'MessageSent' ? { ...event, type: 'MemberLeft', data: { userId: 'bob', lastSeq: 1 } } : event
    await ann.client.send(direct, { text: 'kept back' })
    await eventually(() => conversationEvents(bob.log).some(({ event }) => event.type === 'MemberLeft'), 'the lie')
    bob.server.onEvent = (event) => event
    await ann.client.send(direct, { text: 'after it' })
    await eventually(() => texts(bob).includes('after it'), 'the next message')
    expect([...shownTo(bob, direct)].sort()).toEqual(['ann', 'bob'])
  }, 60_000)
})
