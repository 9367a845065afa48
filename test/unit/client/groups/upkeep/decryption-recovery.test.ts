import type { WireEvent } from '@backscroll/protocol/server-frames'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ControlContent, encodeContent } from '../../../../../packages/client/src/content/message-content.ts'
import { fromBase64, toBase64 } from '../../../../../packages/client/src/encoding/base64.ts'
import { createRenewal } from '../../../../../packages/client/src/groups/state/epoch-renewal.ts'
import { type Group, newGroup } from '../../../../../packages/client/src/groups/state/group.ts'
import { createGroupBook } from '../../../../../packages/client/src/groups/state/group-book.ts'
import { createDecryptionRecovery } from '../../../../../packages/client/src/groups/upkeep/decryption-recovery.ts'
import { createResendAnswers } from '../../../../../packages/client/src/groups/upkeep/resend-answers.ts'
import {
  createAskingKey,
  openAgain,
  sealAgain,
} from '../../../../../packages/client/src/groups/upkeep/resend-encryption.ts'
import { loadUnreadableMessages } from '../../../../../packages/client/src/groups/upkeep/unreadable-messages.ts'
import { loadPlaintexts } from '../../../../../packages/client/src/records/plaintexts.ts'
import { createLazyRecords } from '../../../../../packages/client/src/stores/lazy-records.ts'
import { createMemoryReads } from '../../../../../packages/client/src/stores/memory-reads.ts'
import { createVirtualClock, type VirtualClock } from '../../time/virtual-clock.ts'

const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((userId) => ({ userId, deviceId: '1' }))
if (ann === undefined || bob === undefined || cid === undefined) throw new Error('Three are needed')
const id = 'conversation'
const text = (messageId: string, words: string) => encodeContent({ messageId }, { type: 'text', body: { text: words } })

const event = (type: string, actor: WireEvent['actor'], revision: number, data: WireEvent['data']): WireEvent => ({
  ...{ stream: { kind: 'conversation', id }, type, actor, revision, data },
  ...{ position: '1', at: 1 },
})

const said = (content: ControlContent) => encodeContent({ messageId: 'control', control: true }, content)

describe('A device that is asked for a message again', () => {
  let [clock, group, sent]: [VirtualClock, Group, ControlContent[]] = [createVirtualClock(), newGroup(id), []]
  let plaintexts = loadPlaintexts(new Map(), createLazyRecords(createMemoryReads([])).records)
  beforeEach(() => {
    clock = createVirtualClock()
    group = newGroup(id)
    sent = []
    plaintexts = loadPlaintexts(new Map(), createLazyRecords(createMemoryReads([])).records)
    const own = { generation: 1, epoch: 5 }
    plaintexts.put(id, 7, { plaintext: toBase64(text('m7', 'mine')), own, at: clock.now() })
    plaintexts.put(id, 8, { plaintext: toBase64(text('m8', 'of somebody else')) })
    group.devices = new Map([
      ['ann/1', { generation: 0, epoch: 0 }],
      ['bob/1', { generation: 1, epoch: 5 }],
      ['cid/1', { generation: 1, epoch: 6 }],
    ])
  })
  const asked = async (
    by: typeof ann,
    messages: readonly { messageId: string; revision: number }[],
    to = ann,
    publicKey?: string,
  ) => {
    const answer = createResendAnswers({
      me: ann,
      plaintexts,
      clock,
      time: clock,
      send: (_, content) => void sent.push(content),
    })
    const key = publicKey ?? (await createAskingKey()).publicKey
    for (const message of messages)
      await answer(group, event('ControlSent', by, 20, {}), { to, key, messages: [message] })
    return sent.length
  }

  it('tells it to who was in the group when it was sealed, in a form that nobody else can open', async () => {
    const [key, other] = await Promise.all([createAskingKey(), createAskingKey()])
    expect(await asked(bob, [{ messageId: 'm7', revision: 7 }], ann, key.publicKey)).toBe(1)
    const [answer] = sent
    if (answer?.type !== 'resent') throw new Error('No answer')
    const place = { conversationId: id, messageId: 'm7', revision: 7 }
    expect(await openAgain(key.privateKey, place, answer.body.sealed)).toEqual(text('m7', 'mine'))
    for (const [privateKey, where] of [
      [other.privateKey, place],
      [key.privateKey, { ...place, revision: 8 }],
      [key.privateKey, { ...place, conversationId: 'another' }],
    ] as const)
      await expect(openAgain(privateKey, where, answer.body.sealed)).rejects.toMatchObject({ code: 'unreadable' })
  })

  it('tells nothing to who came later, is not in the group, asks another device, or names what it has not said or has deleted', async () => {
    expect(await asked(cid, [{ messageId: 'm7', revision: 7 }])).toBe(0)
    expect(await asked({ userId: 'dan', deviceId: '1' }, [{ messageId: 'm7', revision: 7 }])).toBe(0)
    expect(await asked(bob, [{ messageId: 'm7', revision: 7 }], cid)).toBe(0)
    expect(await asked(bob, [{ messageId: 'm8', revision: 8 }])).toBe(0)
    expect(await asked(bob, [{ messageId: 'm9', revision: 7 }])).toBe(0)
    expect(await asked(bob, [{ messageId: 'm7', revision: 9 }])).toBe(0)
    expect(await asked(bob, [{ messageId: 'm7', revision: 7 }], ann, toBase64(new Uint8Array(31)))).toBe(0)
    await plaintexts.erase(id, 7)
    expect(await asked(bob, [{ messageId: 'm7', revision: 7 }])).toBe(0)
  })

  it('tells what it has said in the last seven days, and nothing of before', async () => {
    await clock.advance(7 * 86_400_000)
    expect(await asked(bob, [{ messageId: 'm7', revision: 7 }])).toBe(1)
    await clock.advance(1)
    expect(await asked(bob, [{ messageId: 'm7', revision: 7 }])).toBe(1)
  })

  it('tells one device only so much in a while', async () => {
    const often = Array.from({ length: 100 }, () => ({ messageId: 'm7', revision: 7 }))
    expect(await asked(bob, often)).toBe(64)
  })
})

describe('A device that has asked', () => {
  const setUp = async () => {
    const clock = createVirtualClock()
    const plaintexts = loadPlaintexts(new Map(), createLazyRecords(createMemoryReads([])).records)
    const unread = loadUnreadableMessages(new Map())
    const book = createGroupBook(new Map(), { write: async () => {}, close: () => {} })
    const group = book.of(id)
    const renewal = createRenewal({ epochId: () => 'epoch', sealed: () => 0 }, clock)
    const healing = createDecryptionRecovery({
      onError: (thrown) => expect.unreachable(String(thrown)),
      ...{ me: bob, book, plaintexts, unread, renewal, clock, time: clock },
      ...{ write: async () => {}, send: () => {}, renew: () => {} },
    })
    group.devices = new Map([['bob/1', { generation: 0, epoch: 0 }]])
    const lost = event('MessageSent', ann, 7, { messageId: 'm7', seq: 7, ciphertext: 'AAAA' })
    plaintexts.put(id, 7, { unreadable: 'unreadable', at: 1 })
    healing.note(group, lost, 'unreadable')
    const key = await createAskingKey()
    unread.keepKey(id, key)
    const told = async (by: typeof ann, messageId: string, revision: number, envelope: Uint8Array, to = bob) => {
      const sealed = await sealAgain(key.publicKey, { conversationId: id, messageId, revision }, envelope)
      const control = said({ type: 'resent', body: { to, messageId, revision, sealed } })
      return healing.control(group, event('ControlSent', by, 20, {}), control)
    }
    return { plaintexts, unread, healing, group, told }
  }

  it('takes the message from the device that has sent it, once, and forgets the key with the last one', async () => {
    const { plaintexts, unread, told } = await setUp()
    const [recovered, ...more] = await told(ann, 'm7', 7, text('m7', 'what I said'))
    expect(more).toEqual([])
    expect(recovered).toMatchObject({ type: 'recovered', message: { type: 'message', event: { revision: 7 } } })
    const kept = await plaintexts.get(id, 7)
    if (kept === undefined || !('plaintext' in kept)) throw new Error('It was not kept')
    expect(fromBase64(kept.plaintext)).toEqual(text('m7', 'what I said'))
    expect([unread.get(id, 7), unread.key(id)]).toEqual([undefined, undefined])
    expect(await told(ann, 'm7', 7, text('m7', 'something else'))).toEqual([])
  })

  it('takes nothing from another device, for another device, under another id, at another revision, or after a deletion', async () => {
    const { plaintexts, told, healing, group } = await setUp()
    const honest = text('m7', 'what I said')
    expect(await told(cid, 'm7', 7, honest)).toEqual([])
    expect(await told({ userId: 'ann', deviceId: '2' }, 'm7', 7, honest)).toEqual([])
    expect(await told(ann, 'm7', 7, honest, cid)).toEqual([])
    expect(await told(ann, 'm8', 7, text('m8', 'another'))).toEqual([])
    expect(await told(ann, 'm7', 7, text('m8', 'another'))).toEqual([])
    expect(await told(ann, 'm7', 8, honest)).toEqual([])
    expect(
      await told(
        ann,
        'm7',
        7,
        encodeContent({ messageId: 'm7', contentType: 'x/y' }, { type: 'text', body: { text: '' } }),
      ),
    ).toEqual([])
    expect(await told(ann, 'm7', 7, new Uint8Array([1, 2, 3]))).toEqual([])
    expect(await plaintexts.get(id, 7)).toMatchObject({ unreadable: 'unreadable' })
    await plaintexts.erase(id, 7)
    healing.forget(group, 7)
    expect(await told(ann, 'm7', 7, honest)).toEqual([])
  })

  it('does not ask for what was sent before it was in the group', async () => {
    const { unread, healing, group } = await setUp()
    group.devices = new Map()
    healing.note(group, event('MessageSent', ann, 9, { messageId: 'm9' }), 'no_group')
    expect(unread.get(id, 9)).toBeUndefined()
  })
})
