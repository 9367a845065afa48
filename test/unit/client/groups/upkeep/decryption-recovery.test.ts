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

/** A device in the tree that counts, under this identity key of its user. */
const counting = (name: string, identityKey = 'key of the user') => {
  const [userId = '', deviceId = ''] = name.split('/')
  return { userId, deviceId, identityKey: `${userId}: ${identityKey}`, leaf: 0, signatureKey: name }
}

const said = (content: ControlContent) => encodeContent({ messageId: 'control', control: true }, content)

describe('A device that is asked for a message again', () => {
  let [clock, group, sent]: [VirtualClock, Group, ControlContent[]] = [createVirtualClock(), newGroup(id), []]
  let plaintexts = loadPlaintexts(new Map(), createLazyRecords(createMemoryReads([])).records)
  let counted = ['ann/1', 'bob/1', 'cid/1'].map((name) => counting(name))
  beforeEach(() => {
    clock = createVirtualClock()
    group = newGroup(id)
    sent = []
    counted = ['ann/1', 'bob/1', 'cid/1'].map((name) => counting(name))
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
      readers: { counted: () => counted },
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

  describe('by a device that came later', () => {
    const laptop = { userId: 'bob', deviceId: '2' }
    const about = [{ messageId: 'm7', revision: 7 }]
    const comes = (name: string, epoch: number) => {
      group.devices = new Map([...group.devices, [name, { generation: 1, epoch }]])
    }
    beforeEach(() => {
      comes('bob/2', 7)
      counted = [...counted, counting('bob/2')]
    })

    it('tells it, if another device of the same user could read it', async () => {
      expect(await asked(laptop, about)).toBe(1)
      expect(sent).toMatchObject([{ type: 'resent', body: { to: laptop, messageId: 'm7', revision: 7 } }])
    })

    it('tells nothing of a time before its user was in the group, whatever number the server gives to the message', async () => {
      comes('cid/2', 7)
      counted = [...counted, counting('cid/2')]
      const second = { userId: 'cid', deviceId: '2' }
      expect(await asked(second, about)).toBe(0)
      // Sealed in the epoch before cid came, and placed behind the commit that let cid in.
      plaintexts.put(id, 30, {
        plaintext: toBase64(text('m30', 'late')),
        own: { generation: 1, epoch: 5 },
        at: clock.now(),
      })
      expect(await asked(second, [{ messageId: 'm30', revision: 30 }])).toBe(0)
      plaintexts.put(id, 31, {
        plaintext: toBase64(text('m31', 'now')),
        own: { generation: 1, epoch: 6 },
        at: clock.now(),
      })
      expect(await asked(second, [{ messageId: 'm31', revision: 31 }])).toBe(1)
    })

    it('tells nothing to a device of the user of before under another identity key', async () => {
      counted = [...counted.slice(0, 3), counting('bob/2', 'a key that came since')]
      expect(await asked(laptop, about)).toBe(0)
    })

    it('tells nothing to a device that does not count, or through one', async () => {
      counted = counted.filter(({ userId, deviceId }) => `${userId}/${deviceId}` !== 'bob/2')
      expect(await asked(laptop, about)).toBe(0)
      counted = [counting('ann/1'), counting('bob/2')]
      expect(await asked(laptop, about)).toBe(0)
    })

    it('tells nothing after the user was out of the group in between', async () => {
      comes('bob/1', 8)
      expect(await asked(laptop, about)).toBe(0)
    })

    it('tells what was said in the last two days, and nothing older, which an archive brings', async () => {
      await clock.advance(2 * 86_400_000)
      expect(await asked(laptop, about)).toBe(1)
      await clock.advance(1)
      expect(await asked(laptop, about)).toBe(1)
      expect(await asked(bob, about)).toBe(2)
    })
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
      ...{ me: bob, book, plaintexts, readers: { counted: () => [] }, unread, renewal, clock, time: clock },
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
    return { plaintexts, unread, healing, group, told, renewal }
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

  it('notes apart what was sent before it was in the group: only for a user whose other device could read it', async () => {
    const { unread, healing, group, renewal } = await setUp()
    group.devices = new Map()
    healing.note(group, event('MessageSent', ann, 9, { messageId: 'm9' }), 'no_group')
    const revisions = (early: boolean) => [...unread.due(id, 0, early).values()].flat().map((one) => one.revision)
    expect([revisions(false), revisions(true)]).toEqual([[7], [7, 9]])
    expect(renewal.isBroken(group)).toBe(false)
  })

  it('notes nothing that was tampered with', async () => {
    const { unread, healing, group } = await setUp()
    group.devices = new Map()
    healing.note(group, event('MessageSent', ann, 9, { messageId: 'm9' }), 'malformed')
    expect(unread.get(id, 9)).toBeUndefined()
  })
})
