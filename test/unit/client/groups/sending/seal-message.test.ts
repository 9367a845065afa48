import { describe, expect, it } from 'vitest'
import type { MessageCommand, OutboxEntry } from '../../../../../packages/client/src/commands/outbox-entry.ts'
import { createPacer } from '../../../../../packages/client/src/connection/rate-pacer.ts'
import { createRequireReaders } from '../../../../../packages/client/src/groups/sending/require-readers.ts'
import { createSealMessage } from '../../../../../packages/client/src/groups/sending/seal-message.ts'
import { createSendChecks } from '../../../../../packages/client/src/groups/sending/send-checks.ts'
import { createGroupBook } from '../../../../../packages/client/src/groups/state/group-book.ts'
import { loadSealedMessages } from '../../../../../packages/client/src/records/sealed-messages.ts'
import { createTransmit } from '../../../../../packages/client/src/runtime/transmit-command.ts'
import { createStoreWriter } from '../../../../../packages/client/src/stores/store-writer.ts'
import { testDevice } from '../../../../support/e2ee/device.ts'
import { createGroupWorld } from '../../../../support/e2ee/world.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'

const id = '0193c5a0-0000-7000-8000-000000000001'
const command: MessageCommand = { kind: 'message', plaintext: 'aGVsbG8=', sentAt: 1 }
const entry: OutboxEntry = { conversationId: id, clientSeq: 1, messageId: id, command }

/** Ann sends to ben; her store and her pacer hold things back until they are told to go on. */
const annSends = async () => {
  const [ann, ben] = await Promise.all([testDevice('ann', '1'), testDevice('ben', '1')])
  const world = createGroupWorld(id)
  const a = await world.start(ann)
  await world.add(a, [ben])
  const clock = createVirtualClock()
  const writing = Promise.withResolvers<() => void>()
  const write = () => new Promise<void>((resolve) => writing.resolve(resolve))
  const book = createGroupBook(
    new Map(),
    createStoreWriter({ write }, clock, (thrown) => expect.fail(String(thrown))),
  )
  const group = book.of(id)
  Object.assign(group, { state: a.state, roster: new Map(['ann', 'ben'].map((user) => [user, 'ann/1'])) })
  const fit = { now: true }
  const checks = createSendChecks({
    ...{ me: { userId: 'ann', deviceId: '1' }, engine: ann.engine, enter: { isIn: () => true } },
    ...{ renewal: { isDue: () => false }, readers: { areFit: () => fit.now } },
    absentMembers: { isReadable: () => true, due: () => [] },
  })
  const sealed = loadSealedMessages(new Map(), () => {})
  const seal = createSealMessage({ engine: ann.engine, book, sealed, requireReaders: createRequireReaders(checks) })
  const pacer = createPacer(clock)
  const frames: unknown[] = []
  const never = async () => expect.fail('no request')
  const { transmit } = createTransmit({
    protection: { seal, request: never },
    pacer,
    connection: { ask: (frame) => void frames.push(frame) },
    rest: { request: never },
  })
  const settle = () => new Promise((resolve) => setTimeout(resolve, 30))
  return {
    ...{ ann, world, a, group, fit, frames, sealed, settle },
    goOn: () => pacer.reset({ framesPerSecond: 10, burst: 10 }),
    /** It is sealed, and being stored: ends that. */
    storing: writing.promise,
    sends: () => transmit(entry, 0, { answered: () => {}, refused: (error) => expect.fail(error.message) }),
  }
}

const changed = { code: 'encryption', details: { reason: 'changed' } }

describe('A message on its way out', () => {
  it('is sealed when its turn has come, for the group as it is then', async () => {
    const { ann, world, a, group, frames, sealed, settle, goOn, storing, sends } = await annSends()
    const sending = sends()
    await settle()
    expect([sealed.of(entry), frames]).toEqual([undefined, []])
    await world.update(a)
    group.state = a.state
    goOn()
    const stored = await storing
    stored()
    await sending
    expect(sealed.of(entry)?.epochId).toBe(ann.engine.epochId(a.state))
    expect(frames).toEqual([expect.objectContaining({ ciphertext: sealed.of(entry)?.ciphertext })])
  })

  it('is not sealed while a device must leave, or is not fit, that has come to light while it waited', async () => {
    for (const comes of ['leaving', 'unfit']) {
      const { group, fit, frames, sealed, goOn, sends } = await annSends()
      const sending = sends()
      if (comes === 'leaving') group.leaving = new Set(['ben/1'])
      else fit.now = false
      goOn()
      await expect(sending).rejects.toMatchObject(changed)
      expect([sealed.of(entry), frames]).toEqual([undefined, []])
    }
  })

  it('does not go out when somebody must leave, or has gone, or is not fit, while it was stored', async () => {
    for (const [comes, reason] of [
      ['leaving', 'changed'],
      ['gone', 'stranger'],
      ['unfit', 'changed'],
    ]) {
      const { group, fit, frames, goOn, storing, sends } = await annSends()
      goOn()
      const sending = sends()
      const stored = await storing
      if (comes === 'leaving') group.leaving = new Set(['ben/1'])
      else if (comes === 'gone') group.roster = new Map([['ann', 'ann/1']])
      else fit.now = false
      stored()
      await expect(sending).rejects.toMatchObject({ code: 'encryption', details: { reason } })
      expect(frames).toEqual([])
    }
  })
})
