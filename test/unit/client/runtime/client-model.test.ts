import type { WireEvent } from '@backscroll/protocol/server-frames'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CoreClient } from '../../../../packages/client/src/api/client-api.ts'
import type { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { type Actor, deviceId, messageId, userId } from '../../../../src/domain/ids.ts'
import { createPlainClient } from '../../../support/client/plain-client.ts'
import { contentOfFrame } from '../../../support/groups/mls-frames.ts'
import { alone } from '../../domain/conversation/examples.ts'
import { createVirtualClock, settled } from '../time/virtual-clock.ts'
import { createDisk } from './model-disk.ts'
import { createModelServer, type Fault } from './model-server.ts'

const me = { userId: 'ann', deviceId: 'phone' }
const bob: Actor = { userId: userId('bob'), deviceId: deviceId('desk') }
const conversations = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b']
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

type Action =
  | { readonly type: 'send' | 'edit_nothing' | 'rename' | 'withdraw'; readonly where: number }
  | { readonly type: 'other'; readonly where: number; readonly pushed: boolean }
  | { readonly type: 'cut' | 'stale' | 'crash' | 'close' }
  | { readonly type: 'pass'; readonly ms: number }

const where = fc.nat({ max: conversations.length - 1 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('send' as const), where }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('edit_nothing' as const, 'rename' as const), where }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('withdraw' as const), where }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('other' as const), where, pushed: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('cut' as const, 'stale' as const, 'crash' as const, 'close' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 300, 5_000) }) },
)
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('none' as const) },
  { weight: 4, arbitrary: fc.constantFrom('lost', 'answer_lost', 'unavailable', 'failed_late', 'stale') },
)

/** A message that is sent again is sealed anew, so what the sender has of it is another frame with the same content. */
const opened = (event: WireEvent): WireEvent => {
  const { ciphertext } = event.data
  if (typeof ciphertext !== 'string') return event
  return { ...event, data: { ...event.data, ciphertext: contentOfFrame(ciphertext) } }
}

const run = async (actions: readonly Action[], faults: readonly Fault[], slowMs: number): Promise<void> => {
  const clock = createVirtualClock()
  const disk = createDisk(clock)
  let calm = false
  let nextFault = 0
  const server = createModelServer(
    me,
    () => {
      const chosen = calm || faults.length === 0 ? 'none' : faults[nextFault % faults.length]
      nextFault += 1
      return chosen ?? 'none'
    },
    clock,
  )
  const log: ClientEvent[] = []
  const sent: { readonly conversationId: string; readonly messageId: string }[] = []
  /** What became of each command that was to be withdrawn; `unknown` where the process ended before it was said. */
  const asked = new Map<string, 'unknown' | 'withdrawn' | 'already_sent'>()
  const seqs = new Map<string, number>()
  let ids = 0
  let client: CoreClient | undefined
  let crashDisk = () => {}
  let lives = 0

  const boot = async () => {
    lives += 1
    const life = lives
    const opened = disk.open()
    crashDisk = opened.crash
    const started = await createPlainClient({
      ...me,
      url: 'http://model',
      token: async () => 'token',
      store: opened.store,
      clock: { ...clock, after: (ms, call) => clock.after(ms, () => life === lives && call()) },
      random: () => 0.5,
      newId: () => idOf(1_000_000 + ids++),
      webSocket: server.open,
      fetch: server.fetch,
    })
    for (const type of ['message', 'edit', 'deletion', 'reaction', 'conversation', 'failed', 'gap'] as const)
      started.on(type, async (event) => {
        if (slowMs > 0) await new Promise<void>((resolve) => clock.after(slowMs, resolve))
        if (life === lives) log.push(event)
      })
    started.start()
    client = started
  }

  const boots = async () => {
    const booting = boot()
    await clock.advance(10)
    await booting
  }

  const bobActs = (id: string, pushed: boolean) => {
    const clientSeq = (seqs.get(id) ?? 0) + 1
    seqs.set(id, clientSeq)
    const numbers = { clientSeq, afterClientSeq: clientSeq - 1 }
    server.act(id, { type: 'SendMessage', actor: bob, at: 0, messageId: messageId(idOf(++ids)), ...numbers }, pushed)
  }

  const send = (id: string, kind: 'send' | 'edit_nothing' | 'rename') => {
    const name = idOf(++ids)
    if (kind === 'rename') void client?.rename(id, name)
    else if (kind === 'send') void client?.send(id, new TextEncoder().encode(name), { messageId: name })
    else void client?.edit(id, { messageId: idOf(0), revision: 0, seq: 1 }, new Uint8Array([1]), { messageId: name })
    if (kind === 'send') sent.push({ conversationId: id, messageId: name })
  }

  /** The last one that waits: others have been sent before it, maybe. */
  const withdraw = (id: string) => {
    const messageId = client?.pendingCommands(id).at(-1)?.messageId
    if (messageId === undefined || asked.get(messageId) === 'withdrawn') return
    asked.set(messageId, 'unknown')
    client?.withdraw(id, messageId).then(
      () => asked.set(messageId, 'withdrawn'),
      (error: BackscrollError) => error.code === 'already_sent' && asked.set(messageId, error.code),
    )
  }

  const perform = async (step: Action) => {
    const id = 'where' in step ? (conversations[step.where] ?? '') : ''
    if (step.type === 'other') bobActs(id, step.pushed)
    else if (step.type === 'withdraw') withdraw(id)
    else if (step.type === 'cut') server.cut()
    else if (step.type === 'stale') server.deliverStale()
    else if (step.type === 'pass') await clock.advance(step.ms)
    else if (step.type === 'crash' || step.type === 'close') {
      if (step.type === 'crash') crashDisk()
      const closing = step.type === 'close' ? client?.close() : undefined
      await clock.advance(closing === undefined ? 0 : 1_000)
      await closing
      server.cut()
      await boots()
    } else send(id, step.type)
  }

  for (const id of conversations) {
    const members = [userId('ann')]
    const start = {
      type: 'StartGroup',
      actor: bob,
      at: 0,
      clientSeq: 1,
      afterClientSeq: 0,
      members,
      group: alone,
    } as const
    server.act(id, start, false)
    seqs.set(id, 1)
  }
  await boots()
  for (const step of actions) await perform(step)
  calm = true
  // A push that was lost is found by the next event of its conversation.
  for (const id of conversations) bobActs(id, true)
  await clock.advance(90_000)
  for (const id of conversations) bobActs(id, true)
  await clock.advance(30_000)
  server.deliverStale()
  await settled()

  expect(client?.state().name).toBe('live')
  expect(client?.pending()).toBe(0)
  expect(log.filter(({ type }) => type === 'gap')).toEqual([])
  for (const id of conversations) {
    const stream = server.log.stream(id)
    const seen = log.flatMap((event) => ('event' in event && event.conversationId === id ? [event.event] : []))
    const once = [...new Map(seen.map((event) => [event.revision, event])).values()]
    expect(once.map(opened)).toEqual(stream.map(opened))
    expect(seen.length - once.length).toBeLessThanOrEqual((lives - 1) * 8)
    const mine = stream.flatMap(({ type, actor, data }) =>
      type === 'MessageSent' && actor.userId === 'ann' ? [String(data.messageId)] : [],
    )
    const expected = sent.filter(({ conversationId, messageId }) => {
      const fate = asked.get(messageId)
      if (conversationId !== id || fate === 'withdrawn') return false
      return disk.given.has(messageId) && (fate !== 'unknown' || mine.includes(messageId))
    })
    expect(mine).toEqual(expected.map(({ messageId }) => messageId))
  }
  const messages = log.flatMap((event) => (event.type === 'message' ? [event] : []))
  expect(messages.map(({ plaintext }) => new TextDecoder().decode(plaintext))).toEqual(
    messages.map(({ event }) => event.data.messageId),
  )
  await client?.close()
}

describe('The client against a model of the server, with the real decider', () => {
  it('sends each command once and in order, or none that was withdrawn, and sees each event once and in order, whatever is lost [M2] [M3] [C2] P2 P3 P4', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 40 }),
        fc.array(fault, { maxLength: 30 }),
        fc.constantFrom(0, 3, 20),
        run,
      ),
      {
        numRuns: 60,
      },
    )
  }, 120_000)
})
