import type { WireEvent } from '@backscroll/protocol/server-frames'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CoreClient } from '../../../../packages/client/src/api/client-api.ts'
import { decodeControl } from '../../../../packages/client/src/content/message-content.ts'
import { fromBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import type { Inbox, Timeline, TimelineEntry } from '../../../../packages/client/src/index.ts'
import { type Actor, deviceId, messageId, userId } from '../../../../src/domain/ids.ts'
import { createPlainClient } from '../../../support/client/plain-client.ts'
import { contentOfFrame } from '../../../support/groups/mls-frames.ts'
import { alone } from '../../domain/conversation/examples.ts'
import { createVirtualClock, settled } from '../time/virtual-clock.ts'
import { createDisk } from './model-disk.ts'
import { createModelServer, type Fault } from './model-server.ts'

const me = { userId: 'ann', deviceId: 'phone' }
const bob: Actor = { userId: userId('bob'), deviceId: deviceId('desk') }
const laptop: Actor = { userId: userId('ann'), deviceId: deviceId('laptop') }
const id = '00000000-0000-4000-8000-00000000000a'
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

type Kind = 'edit' | 'delete' | 'reaction' | 'reply'
type Action =
  | { readonly type: 'send' }
  | { readonly type: 'other'; readonly by: 'bob' | 'laptop'; readonly pushed: boolean }
  /** About the `nth` message, by me or by another. */
  | { readonly type: 'about'; readonly by: 'me' | 'bob' | 'laptop'; readonly kind: Kind; readonly nth: number }
  /** A user says how to be called; null: by no name any more. */
  | { readonly type: 'name'; readonly by: 'bob' | 'laptop'; readonly name: string | null; readonly pushed: boolean }
  | { readonly type: 'withdraw' | 'unwatch' | 'watch' | 'cut' | 'stale' | 'crash' }
  | { readonly type: 'pass'; readonly ms: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('other' as const),
      by: fc.constantFrom('bob' as const, 'laptop' as const),
      pushed: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('about' as const),
      by: fc.constantFrom('me' as const, 'bob' as const, 'laptop' as const),
      kind: fc.constantFrom<Kind>('edit', 'delete', 'reaction', 'reply'),
      nth: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('name' as const),
      by: fc.constantFrom('bob' as const, 'laptop' as const),
      name: fc.constantFrom('One', 'Two', null),
      pushed: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'withdraw' as const,
        'unwatch' as const,
        'watch' as const,
        'cut' as const,
        'stale' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 300, 5_000) }) },
)
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('none' as const) },
  { weight: 4, arbitrary: fc.constantFrom('lost', 'answer_lost', 'unavailable', 'failed_late', 'stale') },
)

interface Reference {
  readonly messageId: string
  readonly sender: string
  edits: number
  deleted: boolean
  reactions: Map<string, string>
}

/** What a conversation looks like by its events: as simple as it can be said. */
const referenceOf = (stream: readonly WireEvent[]): readonly Reference[] => {
  const messages = new Map<number, Reference>()
  for (const { type, revision, actor, data } of stream) {
    const target = messages.get(Number((data.target as { readonly revision?: number } | undefined)?.revision))
    const name = String(data.messageId)
    if (type === 'MessageSent')
      messages.set(revision, {
        ...{ messageId: name, sender: actor.userId, edits: 0, deleted: false, reactions: new Map() },
      })
    else if (type === 'MessageDeleted' && target !== undefined) {
      target.deleted = true
      target.reactions.clear()
    } else if (type === 'MessageEdited' && target?.deleted === false) target.edits += 1
    else if (type === 'MessageReacted' && target?.deleted === false) target.reactions.set(actor.userId, name)
  }
  return [...messages.values()]
}

/** What each user has said last about the own name. */
const namesIn = (stream: readonly WireEvent[]): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const { type, actor, data } of stream) {
    if (type !== 'ControlSent') continue
    const said = decodeControl(fromBase64(contentOfFrame(String(data.ciphertext))))
    if (said?.type !== 'profile') continue
    if (said.body.name === null) names.delete(actor.userId)
    else names.set(actor.userId, said.body.name)
  }
  return names
}

const shownAs = ({ messageId, sender, senderName, isEdited, isDeleted, reactions }: TimelineEntry) => ({
  ...{ messageId, sender, senderName, isEdited, isDeleted },
  reactions: reactions.map((one) => `${one.messageId} by ${one.userName}`).sort(),
})
const expectedOf =
  (names: ReadonlyMap<string, string>) =>
  ({ messageId, sender, edits, deleted, reactions }: Reference) => ({
    ...{ messageId, sender, senderName: names.get(sender), isEdited: edits > 0, isDeleted: deleted },
    reactions: [...reactions].map(([userId, name]) => `${name} by ${names.get(userId)}`).sort(),
  })

const progress = ['failed', 'sending', 'sent', 'delivered', 'read']

/** Whatever is shown at any moment holds to these. */
const createWatcher = () => {
  const wrong: string[] = []
  const reached = new Map<string, number>()
  const look = (timeline: Timeline) => {
    const { entries } = timeline.snapshot()
    const ids = entries.map((one) => one.messageId)
    if (new Set(ids).size !== ids.length) wrong.push(`twice: ${ids.join()}`)
    const seqs = entries.flatMap(({ ref }) => ref?.seq ?? [])
    if (seqs.some((seq, index) => seq <= (seqs[index - 1] ?? 0))) wrong.push(`order: ${seqs.join()}`)
    if (entries.findLastIndex(({ ref }) => ref !== undefined) > entries.findIndex(({ ref }) => ref === undefined))
      if (entries.some(({ ref }) => ref === undefined)) wrong.push('what is on its way does not come last')
    const called = new Map(entries.map(({ sender, senderName }) => [sender, senderName]))
    if (entries.some(({ sender, senderName }) => called.get(sender) !== senderName)) wrong.push('two names at once')
    for (const { messageId, state, isOwn } of entries) {
      const at = progress.indexOf(state)
      const before = reached.get(messageId) ?? 0
      // The server refuses a reply to a message that was deleted a moment ago.
      const isRefused = state === 'failed' && progress[before] === 'sending'
      if (isOwn && at < before && !isRefused) wrong.push(`back to ${state}: ${messageId}`)
      if (isOwn) reached.set(messageId, at)
    }
  }
  /** A process that ended may not have known of an answer. */
  return { wrong, look, forget: () => reached.clear() }
}

const run = async (actions: readonly Action[], faults: readonly Fault[]): Promise<void> => {
  const clock = createVirtualClock()
  const disk = createDisk(clock)
  let calm = false
  let nextFault = 0
  const server = createModelServer(
    me,
    () => (calm || faults.length === 0 ? 'none' : (faults[nextFault++ % faults.length] ?? 'none')),
    clock,
  )
  const watcher = createWatcher()
  const seqs = new Map<Actor, number>()
  let ids = 0
  let lives = 0
  let client: CoreClient | undefined
  let timeline: Timeline | undefined
  let inbox: Inbox | undefined
  let isWatched = false
  let end = () => {}
  let crashDisk = () => {}

  const watch = () => {
    end()
    const watched = client?.views.timeline(id)
    timeline = watched
    inbox = client?.views.inbox()
    isWatched = true
    const ends = [watched?.subscribe(() => watcher.look(watched)), inbox?.subscribe(() => {})]
    end = () => {
      for (const one of ends) one?.()
    }
  }
  const unwatch = () => {
    end()
    isWatched = false
  }
  const boot = async () => {
    lives += 1
    const life = lives
    const opened = disk.open()
    crashDisk = opened.crash
    watcher.forget()
    const started = await createPlainClient({
      ...{ ...me, url: 'http://model', token: async () => 'token', store: opened.store, random: () => 0.5 },
      clock: { ...clock, after: (ms, call) => clock.after(ms, () => life === lives && call()) },
      newId: () => idOf(1_000_000 + ids++),
      ...{ webSocket: server.open, fetch: server.fetch },
    })
    started.on('error', () => {})
    client = started
    watch()
    started.start()
  }
  const boots = async () => {
    const booting = boot()
    await clock.advance(10)
    await booting
  }
  let told = 0
  const nameMyself = (actor: Actor, name: string | null, pushed: boolean) => {
    const clientSeq = (seqs.get(actor) ?? 0) + 1
    const numbers = { clientSeq, afterClientSeq: clientSeq - 1, control: true as const }
    const command = { type: 'SendMessage' as const, actor, at: clock.now(), messageId: messageId(idOf(++ids)) }
    const said = { type: 'profile' as const, body: { name, number: ++told } }
    if (server.act(id, { ...command, ...numbers }, pushed, said).kind === 'accepted') seqs.set(actor, clientSeq)
  }
  const messages = () => server.log.stream(id).filter(({ type }) => type === 'MessageSent')
  const refOf = (event: WireEvent) => ({
    messageId: String(event.data.messageId),
    revision: event.revision,
    seq: Number(event.data.seq),
  })
  const act = (actor: Actor, pushed: boolean, relatesTo?: { messageId: string; revision: number; kind: Kind }) => {
    const clientSeq = (seqs.get(actor) ?? 0) + 1
    const about = relatesTo && { relatesTo: { ...relatesTo, messageId: messageId(relatesTo.messageId) } }
    const numbers = { clientSeq, afterClientSeq: clientSeq - 1 }
    const command = { type: 'SendMessage' as const, actor, at: clock.now(), messageId: messageId(idOf(++ids)) }
    const outcome = server.act(id, { ...command, ...numbers, ...about }, pushed)
    if (outcome.kind === 'accepted') seqs.set(actor, clientSeq)
  }
  const about = (by: 'me' | 'bob' | 'laptop', kind: Kind, nth: number) => {
    const target = messages().at(nth)
    if (target === undefined) return
    const ref = refOf(target)
    if (by !== 'me') return act(by === 'bob' ? bob : laptop, true, { ...ref, kind })
    const content = { text: kind }
    if (kind === 'edit') void client?.edit(id, ref, content)
    else if (kind === 'delete') void client?.delete(id, ref)
    else if (kind === 'reaction') void client?.react(id, ref, { emoji: '+1' })
    else void client?.reply(id, ref, content)
  }
  const perform = async (step: Action) => {
    if (step.type === 'send') void client?.send(id, { text: 'text' }, { messageId: idOf(++ids) })
    else if (step.type === 'other') act(step.by === 'bob' ? bob : laptop, step.pushed)
    else if (step.type === 'about') about(step.by, step.kind, step.nth)
    else if (step.type === 'name') nameMyself(step.by === 'bob' ? bob : laptop, step.name, step.pushed)
    else if (step.type === 'withdraw')
      client?.withdraw(id, client.pendingCommands(id).at(-1)?.messageId ?? '').catch(() => {})
    else if (step.type === 'watch') watch()
    else if (step.type === 'unwatch') unwatch()
    else if (step.type === 'cut') server.cut()
    else if (step.type === 'stale') server.deliverStale()
    else if (step.type === 'pass') await clock.advance(step.ms)
    else {
      crashDisk()
      server.cut()
      await boots()
    }
  }

  const members = [userId('ann')]
  const numbers = { clientSeq: 1, afterClientSeq: 0 }
  server.act(id, { type: 'StartGroup', actor: bob, at: 0, ...numbers, members, group: alone }, false)
  seqs.set(bob, 1)
  await boots()
  for (const step of actions) await perform(step)
  calm = true
  // A push that was lost is found by the next event of its conversation.
  act(bob, true)
  await clock.advance(90_000)
  act(bob, true)
  await clock.advance(30_000)
  server.deliverStale()
  // Nothing else comes after this one that would make a view look again.
  nameMyself(bob, 'Bob', true)
  await clock.advance(5_000)

  const expected = referenceOf(server.log.stream(id)).map(expectedOf(namesIn(server.log.stream(id))))
  const entries = () => timeline?.snapshot().entries.filter(({ state }) => state !== 'failed') ?? []
  const lastSaid = () => inbox?.snapshot().conversations[0]?.lastMessage
  const isShown = () => {
    expect(entries().map(shownAs)).toEqual(expected)
    const { sender, senderName } = expected.at(-1) ?? {}
    expect(lastSaid()).toMatchObject({ sender, senderName })
  }
  // By what it was told, and to somebody who comes now.
  if (isWatched) isShown()
  watch()
  await settled()
  isShown()
  expect(watcher.wrong).toEqual([])
  const unread = expected.filter(({ sender, isDeleted }) => sender !== 'ann' && !isDeleted).length
  expect(timeline?.snapshot()).toMatchObject({ unread, isLoading: false, hasOlder: false })
  // The same after a restart, from the store alone.
  crashDisk()
  await clock.advance(10)
  const kept = entries()
  const again = await createPlainClient({
    ...{ ...me, url: 'http://model', token: async () => 'token', store: disk.open().store, clock },
    fetch: () => Promise.reject(new TypeError('offline')),
  })
  const offline = again.views.timeline(id)
  offline.subscribe(() => watcher.look(offline))
  await clock.advance(100)
  expect(
    offline
      .snapshot()
      .entries.filter(({ state }) => state !== 'failed')
      .map(shownAs),
  ).toEqual(kept.map(shownAs))
  await client?.close()
}

describe('A timeline against a reference, over a model of the server', () => {
  it('shows each message once and in order at every moment, and in the end what the events say', async () => {
    await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.array(fault, { maxLength: 30 }), run), {
      numRuns: 100,
    })
  }, 120_000)
})
