import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import type { ClientEvent, WarningClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { textsIn } from '../../../support/client/client-log.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventsOfType,
  eventually,
  openClientWorld,
} from '../../../support/client/client-world.ts'
import { type OpenedDevice, openDevice } from '../../../support/client/open-device.ts'
import { claimFrom, forgedDevice, testDevice } from '../../../support/e2ee/device.ts'
import { createDishonestServer, type DishonestServer } from '../../../support/lies/dishonest-server.ts'

interface Person extends OpenedDevice {
  readonly server: DishonestServer
}

const warnings = (log: readonly ClientEvent[]): readonly WarningClientEvent[] =>
  log.flatMap((event) => (event.type === 'warning' ? [event] : []))
const codes = (log: readonly ClientEvent[]) => warnings(log).map(({ code }) => code)
const isClaim = (path: string, user: string) => path === `/users/${user}/key-packages/claim`

describe('A server that lies: clients refuse and say so P5', () => {
  let world: ClientWorld
  let people = 0
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const name = (first: string) => `${first}.${people}`
  const open = async (user: string): Promise<Person> => {
    const server = createDishonestServer()
    return { ...(await openDevice(world, user, server.options)), server }
  }
  const pair = async () => {
    people += 1
    return Promise.all([open(name('ann')), open(name('bob'))])
  }
  const talking = async () => {
    const [ann, bob] = await pair()
    const { conversationId: id } = await ann.client.send({ user: name('bob') }, { text: 'hello' })
    await eventually(() => textsIn(bob.log).length === 1, 'the first message')
    return { ann, bob, id }
  }
  const membersOf = async (client: BackscrollClient, id: string) => {
    const tree = new Set<string>()
    for await (const one of client.members(id)) tree.add(one.userId)
    return tree
  }

  it('leaves out a ghost device that the user has not certified, and warns', async () => {
    const [ann, bob] = await pair()
    ann.server.onAnswer = async (path, answer) => {
      if (!isClaim(path, name('bob'))) return undefined
      const { claimed } = await claimFrom(await forgedDevice(name('bob'), 'ghost', new Uint8Array(32).fill(7)))
      const packages = answer.packages as unknown[]
      return {
        ...answer,
        packages: [...packages, { deviceId: 'ghost', keyPackage: toBase64(claimed.keyPackage), lastResort: false }],
      }
    }
    const { conversationId: id } = await ann.client.send({ user: name('bob') }, { text: 'for bob alone' })
    await eventually(() => textsIn(bob.log).length === 1, 'the message')
    expect(warnings(ann.log)).toMatchObject([
      { code: 'unauthorised_device', conversationId: id, details: { userId: name('bob'), deviceId: 'ghost' } },
    ])
    const commit = conversationEvents(bob.log).find(({ event }) => event.type === 'GroupCommitted')
    expect(JSON.stringify(commit?.event.data)).not.toContain('ghost')
    expect((await membersOf(ann.client, id)).size).toBe(2)
  })

  it('sends nothing to a device whose key package was swapped, and says that the identity has changed', async () => {
    const { ann, bob } = await talking()
    ann.server.onAnswer = async (path, answer) => {
      if (!isClaim(path, name('bob'))) return undefined
      const { claimed } = await claimFrom(await testDevice(name('bob'), 'one'))
      return { ...answer, packages: [{ deviceId: 'one', keyPackage: toBase64(claimed.keyPackage), lastResort: false }] }
    }
    const { done } = ann.client.createGroup({ members: [name('bob')] })
    await expect(done).rejects.toMatchObject({ code: 'identity_changed' })
    expect(codes(ann.log)).toEqual(['identity_changed'])
    expect(ann.log.filter(({ type }) => type === 'trust')).toMatchObject([
      { notice: { type: 'user_seen' } },
      { notice: { type: 'identity_changed', userId: name('bob') } },
    ])
    expect(ann.client.identityOf(name('bob'))?.changed).toBe(true)
    expect(bob.client.identityOf(name('ann'))?.safetyNumber).toBe(ann.client.identityOf(name('bob'))?.safetyNumber)
  })

  it.each([
    [
      'contentType',
      (event: Record<string, unknown>) => ({ ...event, data: { ...(event.data as object), contentType: 'x/y' } }),
    ],
    [
      'messageId',
      (event: Record<string, unknown>) => ({
        ...event,
        data: { ...(event.data as object), messageId: '00000000-0000-4000-8000-000000000001' },
      }),
    ],
    ['control', (event: Record<string, unknown>) => ({ ...event, type: 'ControlSent' })],
    ['sender', (event: Record<string, unknown>) => ({ ...event, actor: { userId: 'eve', deviceId: 'one' } })],
    [
      'relatesTo',
      (event: Record<string, unknown>) => ({
        ...event,
        data: {
          ...(event.data as object),
          replyTo: { messageId: '00000000-0000-4000-8000-000000000001', revision: 2, seq: 1 },
        },
      }),
    ],
  ] as const)('shows no message of which it changed the %s', async (field, change) => {
    const { ann, bob, id } = await talking()
    bob.server.onEvent = (event) => (event.type === 'MessageSent' ? change(event) : event)
    await ann.client.send(id, { text: 'changed on the way' })
    await eventually(() => codes(bob.log).length > 0, 'the warning')
    bob.server.onEvent = (event) => event
    await ann.client.send(id, { text: 'whole' })
    await eventually(() => textsIn(bob.log).length === 2, 'the next message')
    expect(textsIn(bob.log)).toEqual(['hello', 'whole'])
    expect(warnings(bob.log)).toMatchObject([{ code: 'tampered', details: { field } }])
    expect(conversationEvents(bob.log).filter(({ type }) => type === 'message')).toHaveLength(2)
  })

  it.each([
    ['replayed', 0, 'replayed_commit'],
    ['relabelled', 1, 'wrong_epoch'],
  ])('does not take in a commit that is %s, and warns', async (_how, ahead, code) => {
    people += 1
    const [ann, bob, cyd] = await Promise.all([open(name('ann')), open(name('bob')), open(name('cyd'))])
    const { conversationId: id, done } = ann.client.createGroup({ members: [name('bob')] })
    await done
    await ann.client.addMembers(id, [name('cyd')])
    await cyd.client.send(id, { text: 'here' })
    await eventually(() => textsIn(bob.log).length === 1, 'the message of the new member')
    const old = eventsOfType(bob.log, 'GroupCommitted').at(-1)?.data
    bob.server.onEvent = (event) =>
      event.type === 'ConversationRenamed'
        ? { ...event, type: 'GroupCommitted', data: { ...old, epoch: Number(old?.epoch) + ahead } }
        : event
    await ann.client.rename(id, 'name 1')
    await ann.client.send(id, { text: 'after' })
    await eventually(() => textsIn(bob.log).length === 2, 'the message after it')
    expect(codes(bob.log)).toEqual([code])
  })

  it('notices a commit that was kept from it, and comes in again by itself', async () => {
    people += 1
    const [ann, bob, cyd] = await Promise.all([open(name('ann')), open(name('bob')), open(name('cyd'))])
    const { conversationId: id, done } = ann.client.createGroup({ members: [name('bob')] })
    await done
    await ann.client.send(id, { text: 'one' })
    await eventually(() => textsIn(bob.log).length === 1, 'the first message')
    bob.server.onEvent = (event) =>
      event.type === 'GroupCommitted' ? { ...event, type: 'ConversationRenamed', data: { name: '' } } : event
    await ann.client.addMembers(id, [name('cyd')])
    await cyd.client.send(id, { text: 'two' })
    await eventually(() => conversationEvents(bob.log).some(({ unreadable }) => unreadable !== undefined), 'a gap')
    bob.server.onEvent = (event) => event
    await bob.client.send(id, { text: 'three' })
    await eventually(() => textsIn(ann.log).includes('three'), 'the message after the return')
    await ann.client.send(id, { text: 'four' })
    await eventually(() => textsIn(bob.log).includes('four'), 'the messages after the return')
    expect(textsIn(bob.log)).toEqual(['one', 'three', 'four'])
    expect(conversationEvents(bob.log).flatMap(({ unreadable }) => unreadable ?? [])).toEqual(['wrong_epoch'])
  }, 30_000)
})
