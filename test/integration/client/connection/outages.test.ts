import { describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import type { ClientStore } from '../../../../packages/client/src/stores/client-store.ts'
import { createFileStore } from '../../../../packages/client/src/stores/file/file-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import {
  bytes,
  conversationEvents,
  eventually,
  live,
  messageTexts,
  openClientWorld,
  record,
} from '../../../support/client/client-world.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'
import { createCuttableSockets } from '../../../support/network/cuttable-socket.ts'

const revisions = (log: readonly ClientEvent[]) => conversationEvents(log).map(({ event }) => event.revision)
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

const copyOf = async (store: ClientStore): Promise<ClientStore> => {
  const copy = createMemoryStore()
  await copy.write([...(await store.load())].map(([key, value]) => ({ key, value })))
  return copy
}

describe('The SDK when things break', () => {
  const world = useClientWorld({ BACKSCROLL_HEARTBEAT_MS: '500' })

  it('loses and repeats nothing while connections break again and again [M2] [C2] P2 P3 P4', async () => {
    const [annSockets, bobSockets] = [createCuttableSockets(), createCuttableSockets()]
    const sockets = [annSockets, bobSockets]
    const [ann, bob] = await Promise.all([
      world.client('ann', 'phone', { webSocket: annSockets.open, random: () => 0.02 }),
      world.client('bob', 'phone', { webSocket: bobSockets.open, random: () => 0.02 }),
    ])
    const logs = [record(ann), record(bob)]
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'bob' }, bytes('start'))
    annSockets.cutEvery(9)
    bobSockets.cutEvery(13)
    for (const one of sockets) one.cut()
    const sending = numbers(60).flatMap((n) => [
      ann.send(conversationId, bytes(`a${n}`)),
      bob.send(conversationId, bytes(`b${n}`)),
    ])
    await Promise.all(sending)
    for (const one of sockets) one.cutEvery(undefined)
    await eventually(() => logs.every((log) => messageTexts(log).length === 121), 'all messages at both')
    expect(sockets.every((one) => one.opened() > 5)).toBe(true)
    for (const log of logs) {
      expect(revisions(log)).toEqual(numbers(123))
      for (const who of ['a', 'b'])
        expect(messageTexts(log).filter((text) => text.startsWith(who))).toEqual(numbers(60).map((n) => `${who}${n}`))
    }
  })

  it('goes on by itself when the server is restarted, with what was written meanwhile [T5] P1', async () => {
    const ann = await world.client('cid', 'phone', { random: () => 0.1 })
    const bob = await world.client('dan', 'phone', { random: () => 0.1 })
    const log = record(bob)
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'dan' }, bytes('before'))
    const restarting = world.restart()
    const during = numbers(20).map((n) => ann.send(conversationId, bytes(`during ${n}`)))
    await restarting
    await Promise.all(during)
    await eventually(() => messageTexts(log).length === 21, 'all messages')
    expect(messageTexts(log)).toEqual(['before', ...numbers(20).map((n) => `during ${n}`)])
  })

  it('keeps its commands and its place in a file over a restart of the application [C6]', async () => {
    await world.enrol('fay')
    const path = world.storePath('eve.journal')
    const first = await world.client('eve', 'phone', { store: createFileStore(path) })
    const sending = numbers(30).map((n) => first.send({ user: 'fay' }, bytes(`offline ${n}`)))
    await eventually(() => first.pending() === 30, 'thirty stored commands')
    await first.close()
    await expect(Promise.all(sending)).rejects.toMatchObject({ code: 'stopped' })

    const second = await world.client('eve', 'phone', { store: createFileStore(path) })
    const seen: number[] = []
    const reading = (async () => {
      for await (const event of second.events()) if ('event' in event) seen.push(event.event.revision)
    })()
    await live(second)
    await eventually(() => seen.length === 32, 'all own events')
    await second.close()
    await reading

    const third = await world.client('eve', 'phone', { store: createFileStore(path) })
    const log = record(third)
    await live(third)
    const sent = await third.send({ user: 'fay' }, bytes('more'))
    await eventually(() => messageTexts(log).length > 0, 'the new message')
    expect(sent.seq).toBe(31)
    expect(seen).toEqual(numbers(32))
    expect(revisions(log)[0]).toBeGreaterThanOrEqual(31)
    expect(revisions(log).at(-1)).toBe(32)
  })

  it('loads a snapshot on a new device, and goes on from its revisions [C3]', async () => {
    await world.enrol('hua')
    const ann = await world.client('gil', 'phone')
    await live(ann)
    const { conversationId } = await ann.send({ user: 'hua' }, bytes('old 0'))
    await Promise.all([1, 2].map((n) => ann.send(conversationId, bytes(`old ${n}`))))
    const { position } = await ann.send(conversationId, bytes('old 3'))
    await ann.conversation(conversationId, { atLeast: position })
    const laptop = await world.client('gil', 'laptop')
    const log = record(laptop)
    await live(laptop)
    await eventually(() => conversationEvents(log).length > 0, 'the commit by which it comes in')
    await ann.send(conversationId, bytes('new'))
    await eventually(() => messageTexts(log).includes('new'), 'the new message')
    const snapshots = log.flatMap((event) => (event.type === 'snapshot' ? [event] : []))
    expect(snapshots.map(({ first, last }) => [first, last])).toEqual([[true, true]])
    const known = snapshots[0]?.conversations[0]
    expect(known?.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect(revisions(log)).toEqual(numbers(8).filter((revision) => revision > (known?.revision ?? 0)))
  })

  it('takes a snapshot from a server with another log, and sends on under numbers that this one accepts [C3] [M3]', async () => {
    const other = await openClientWorld()
    const mel = createMemoryStore()
    await world.enrol('mel', mel)
    await other.enrol('mel', await copyOf(mel))
    const store = createMemoryStore()
    const before = await world.client('lea', 'phone', { store })
    const old = record(before)
    await live(before)
    for (const n of numbers(3)) await before.send({ user: 'mel' }, bytes(`here ${n}`))
    await eventually(() => messageTexts(old).length === 3, 'the messages here')
    await before.close()

    const after = await other.client('lea', 'phone', { store })
    const log = record(after)
    await live(after)
    await Promise.all(numbers(3).map((n) => after.send({ user: 'mel' }, bytes(`there ${n}`))))
    await eventually(() => messageTexts(log).length === 3, 'the messages on the other server')
    expect(log[0]).toMatchObject({ type: 'snapshot', conversations: [], first: true, last: true })
    expect(revisions(log)).toEqual(numbers(5))
    await other.close()
  })

  it('asks for a new token when the server refuses the handshake, and stops when a newer connection replaces it [T2] [T5]', async () => {
    let asked = 0
    const token = async () => {
      asked += 1
      return asked === 1 ? 'not.a.token' : world.token('ivy', 'phone')
    }
    const store = createMemoryStore()
    const ann = await world.client('ivy', 'phone', { token, store, random: () => 0.01 })
    await live(ann)
    expect(asked).toBeGreaterThan(1)
    const newer = await world.client('ivy', 'phone', { store: await copyOf(store) })
    await live(newer)
    await eventually(() => ann.state().name === 'stopped', 'the end of the older one')
    expect(newer.state().name).toBe('live')
  })

  it('holds a bounded number of events for a slow application, and still misses none P7', async () => {
    const ann = await world.client('jim', 'phone')
    const bob = await world.client('kai', 'phone')
    const log: number[] = []
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'kai' }, bytes('0'))
    await bob.whenLive()
    bob.on('message', async (event) => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      log.push(event.event.revision)
    })
    await Promise.all(numbers(500).map((n) => ann.send(conversationId, bytes(`${n}`))))
    await eventually(() => log.at(-1) === 502, 'the last message')
    const [oldest = 0] = log
    expect(log).toEqual(numbers(503).filter((revision) => revision >= oldest))
  })
})
