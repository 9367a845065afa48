import { expect, it } from 'vitest'
import type { Answers } from '../../../../packages/client/src/commands/outbox-answers.ts'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createAskedCommands } from '../../../../packages/client/src/outbox/asked-commands.ts'
import { createOutbox } from '../../../../packages/client/src/outbox/outbox.ts'
import { createOutboxSending } from '../../../../packages/client/src/outbox/outbox-sending.ts'
import { loadRecords } from '../../../../packages/client/src/records/client-records.ts'
import { loadCommandAnswers } from '../../../../packages/client/src/records/command-answers.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const result = { conversationId: 'c', revision: 7, position: 'p', acceptedAt: 1, duplicate: false, seq: 4 }

/** One life of a client over a store: what it sends, and what the server says to it. */
const begin = async (store: ReturnType<typeof createMemoryStore>, sends = true) => {
  const clock = createVirtualClock()
  const records = await loadRecords(store, { userId: 'ann', deviceId: 'phone' })
  const answers = loadCommandAnswers(records.stored, () => clock.now())
  const sent: { readonly messageId: string; readonly answers: Answers }[] = []
  const wakes: (() => void)[] = []
  const outbox = createOutbox({
    ...{ store: records.store, answers, clock },
    ...{ chains: records.chains, unsealed: records.unsealed, onWithdrawn: () => {} },
    wake: () => {
      for (const wake of wakes) wake()
    },
    onChange: () => {},
    onAccepted: (_entry, _sent, forget) => void records.store.write(forget()),
    onRejected: () => {},
  })
  const sending = createOutboxSending({
    ...{ clock, random: () => 0.5, outbox },
    isReady: () => sends,
    makeReady: () => {},
    transmit: async ({ messageId }, _after, given) => void sent.push({ messageId, answers: given }),
    probe: () => {},
    onError: (thrown) => expect.fail(String(thrown)),
    handleRefusal: () => undefined,
    window: () => 10,
  })
  wakes.push(sending.wake)
  const askedBy = createAskedCommands({ outbox, answers })
  const stored: string[] = []
  const ask = (id: string) =>
    askedBy(() => stored.push(id)).add('c', id, { kind: 'message', plaintext: 'YQ==', sentAt: 0 })
  return { ask, sent, stored, outbox, answers, store: records.store, settle: () => clock.advance(1) }
}

it('A command that is asked for again in the same life is one command, with one answer', async () => {
  const { ask, sent, stored, settle } = await begin(createMemoryStore())
  const both = [ask('m'), ask('m')]
  await settle()
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m'])
  expect(stored).toEqual(['m', 'm'])
  sent[0]?.answers.answered({ result, ciphertext: undefined })
  expect(await Promise.all(both)).toEqual([result, result])
  expect(await ask('m')).toEqual(result)
  expect(sent).toHaveLength(1)
})

it('A command that waits in the store is not added when the next life is asked for it', async () => {
  const store = createMemoryStore()
  const before = await begin(store)
  before.ask('m').catch(() => {})
  await before.settle()
  before.outbox.close()
  const next = await begin(store)
  const again = next.ask('m')
  await next.settle()
  next.outbox.wake()
  await next.settle()
  expect(next.sent.map(({ messageId }) => messageId)).toEqual(['m'])
  expect(next.outbox.pending()).toBe(1)
  next.sent[0]?.answers.answered({ result, ciphertext: undefined })
  expect(await again).toEqual(result)
})

it('The answer, a refusal too, is kept over lives until the caller has it', async () => {
  const store = createMemoryStore()
  const before = await begin(store)
  const [good, bad] = [before.ask('good'), before.ask('bad')]
  bad.catch(() => {})
  await before.settle()
  for (const { messageId, answers } of before.sent)
    if (messageId === 'good') answers.answered({ result, ciphertext: undefined })
    else answers.refused(new BackscrollError('forbidden', { details: { why: 'not a member' } }))
  await good
  await expect(bad).rejects.toMatchObject({ code: 'forbidden' })
  before.outbox.close()

  const next = await begin(store)
  expect(await next.ask('good')).toEqual(result)
  await expect(next.ask('bad')).rejects.toMatchObject({ code: 'forbidden', details: { why: 'not a member' } })
  await next.settle()
  expect(next.sent).toEqual([])
  await next.store.write(next.answers.forget(['good', 'bad']))
  expect([...(await store.load()).keys()].filter((key) => key.startsWith('answer/'))).toEqual([])
})

it('A command that was withdrawn is not sent by a caller who has not heard of it', async () => {
  const store = createMemoryStore()
  const before = await begin(store, false)
  before.ask('m').catch(() => {})
  await before.settle()
  await before.outbox.withdraw('c', 'm')
  before.outbox.close()
  const next = await begin(store)
  await expect(next.ask('m')).rejects.toMatchObject({ code: 'withdrawn' })
  await next.settle()
  expect(next.sent).toEqual([])
})
