import { describe, expect, it } from 'vitest'
import { loadRetention } from '../../../../packages/client/src/history/message-retention.ts'
import { loadRecords } from '../../../../packages/client/src/records/client-records.ts'
import { loadPlaintexts } from '../../../../packages/client/src/records/plaintexts.ts'
import { loadReplica } from '../../../../packages/client/src/replica/replica.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { createUpkeep } from '../../../../packages/client/src/views/replica-upkeep.ts'
import { loadRequests } from '../../../../packages/client/src/views/request-book.ts'
import { createVirtualClock, settled } from '../time/virtual-clock.ts'

const me = { userId: 'ann', deviceId: 'phone' }
const beyond = 2 ** 53

const facts = (lastSeq: number) => ({
  conversationId: 'c',
  kind: 'group' as const,
  name: null,
  description: null,
  createdAt: 1,
  memberCount: 2,
  retentionSeconds: null,
  posting: 'everyone' as const,
  lastSeq,
  lastMessageAt: 2,
  lastRevision: 3,
})
const entry = (lastSeq: number) => ({
  conversation: facts(lastSeq),
  ...{ role: 'member' as const, peer: null, lastMessage: null, unread: 0, watermarks: { delivered: 0, read: 0 } },
})
const kept = {
  ...facts(4),
  ...{ peer: null, role: 'member', completeFrom: 1, delivered: 0, read: 0, unread: 0, unreadBefore: 0 },
}

const open = async (store = createMemoryStore()) => {
  const records = await loadRecords(store, me)
  const { stored, lazy } = records
  return { store, records, replica: loadReplica({ me, stored, lazy, write: store.write, time: { earliest: () => 0 } }) }
}

describe('Broken records that a device only keeps for speed do not shut its store', () => {
  it('the difference to the server, conversations and requests that make no sense are passed over', async () => {
    const { store } = await open()
    const waiting = { conversationId: 'c', kind: 'group', from: 'bob', at: 1 }
    await store.write([
      { key: 'difference', value: 1e17 },
      { key: 'conv/c', value: kept },
      { key: 'conv/broken', value: { ...kept, completeFrom: beyond } },
      { key: 'request/c', value: waiting },
      { key: 'request/broken', value: { ...waiting, at: beyond } },
    ])
    const { records, replica } = await open(store)
    expect(records.difference).toBeUndefined()
    expect([...replica.conversations()].map(({ conversationId }) => conversationId)).toEqual(['c'])
    expect(loadRequests(records.stored).all()).toEqual([waiting])
  })

  it.each([
    [{ ...kept, completeFrom: beyond }, ['/inbox']],
    [kept, []],
  ])('a conversation that was passed over is asked for again, and one that was not is not', async (value, expected) => {
    const { store } = await open()
    await store.write([
      { key: 'conv/c', value },
      { key: 'replica', value: true },
      { key: 'checkpoint', value: '7' },
    ])
    const { records, replica } = await open(store)
    const asked: string[] = []
    const onError = (thrown: unknown) => expect.fail(String(thrown))
    const answer = async ({ path }: { readonly path: string }) => {
      asked.push(path)
      return { items: [entry(4)], cursor: undefined } as never
    }
    const rest = { read: answer, request: answer, bytes: async () => new Uint8Array() }
    const { stored } = records
    const consent = { requests: async () => [] }
    const requests = loadRequests(stored)
    createUpkeep({ stored, replica, requests, rest, consent, write: store.write, isLive: () => true, onError }).live()
    await settled()
    expect(asked).toEqual(expected)
    expect(replica.conversation('c')?.lastSeq).toBe(4)
  })

  it('how long a conversation keeps its messages is asked for again', async () => {
    const stored = new Map<string, unknown>([
      ['retention/c', beyond],
      ['retention/d', 60],
    ])
    const { store, records } = await open()
    const clock = createVirtualClock()
    const retention = loadRetention(stored, {
      plaintexts: loadPlaintexts(records.stored, records.lazy),
      expireKept: async () => [],
      rest: { read: async () => expect.fail('nothing is asked') },
      clock,
      time: { earliest: clock.now },
      write: store.write,
      onError: (thrown) => expect.fail(String(thrown)),
    })
    expect(retention.facts('d', 60)).toEqual([])
    retention.stop()
    expect(retention.facts('c', 60)).toEqual([{ key: 'retention/c', value: 60 }])
  })
})

describe('A message number beyond all use', () => {
  const snapshot = { ...entry(Number.MAX_SAFE_INTEGER), revision: 3, messages: [], receipts: [] }

  it.each(['snapshot', 'gap', 'inbox'])('is stored in a way that can be loaded again: %s', async (how) => {
    const { store, replica } = await open()
    if (how === 'inbox') await replica.adopt(entry(Number.MAX_SAFE_INTEGER))
    else {
      const changes = await replica.apply(
        { type: 'snapshot', conversations: [snapshot], first: true, last: true },
        false,
      )
      await store.write(changes())
    }
    if (how === 'gap') {
      const changes = await replica.apply({ type: 'gap', conversationId: 'c', after: 1, before: 2 }, false)
      await store.write(changes())
    }
    const again = await open(store)
    expect(again.replica.conversation('c')?.lastSeq).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('A message whose sender has a strange clock', () => {
  it('is kept, without the time that it says', async () => {
    const { replica } = await open()
    const event = {
      stream: { kind: 'conversation' as const, id: 'c' },
      ...{ revision: 4, position: '4', at: 9, actor: { userId: 'bob', deviceId: 'laptop' } },
      ...{ type: 'MessageSent' as const, data: { messageId: 'm', seq: 5, sentAt: 1.5 } },
    }
    const shown = { own: false, content: undefined, plaintext: undefined, unreadable: undefined }
    const ref = { messageId: 'm', revision: 4, seq: 5 }
    await replica.apply({ type: 'message', conversationId: 'c', event, ref, ...shown }, false)
    expect(await replica.message('c', 5)).toMatchObject({ messageId: 'm', sentAt: null })
  })
})
