import { ProtocolError } from '@backscroll/protocol/errors'
import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import type { Unstamped } from '../../../src/commands/commands.ts'
import { createPrepareCommit } from '../../../src/commands/rules/prepare-commit.ts'
import type { ConversationCommand, SendMessage } from '../../../src/domain/conversation/conversation-commands.ts'
import { messageId, userId } from '../../../src/domain/ids.ts'
import { actor } from '../commands/harness.ts'
import { type CommitRequest, createFakeGroup, type Wanted } from '../groups/fake-group.ts'
import { textsOf } from '../projections/event-texts.ts'
import { idOf } from '../projections/read-side.ts'
import type { Profile } from './profiles.ts'

export const people = ['ann', 'bob', 'cid', 'dan'] as const
type Person = (typeof people)[number]
type Relation = NonNullable<SendMessage['relatesTo']>['kind']

/** The same numbers for the same seed. */
export const seeded = (seed: number) => {
  let state = seed | 0
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const changeOf = ({ addUsers, addDevices, removeDevices }: CommitRequest['change']) => ({
  addUsers: addUsers.map(userId),
  addDevices: addDevices.map((device) => actor(device.userId, device.deviceId)),
  removeDevices: removeDevices.map((device) => actor(device.userId, device.deviceId)),
})

const prepareCommit = createPrepareCommit({ blobs: createMemoryBlobs() })

/** What a command came to, without what differs between logs. */
const outcomeOf = async (work: Promise<object | boolean | undefined>): Promise<object> => {
  try {
    const result = await work
    const { position: _, ...rest } = { position: 0n, ...(typeof result === 'object' ? result : { result }) }
    return rest
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { refused: error.code, details: error.details }
  }
}

/** One conversation that happens in several profiles at once, step by step; each step answers what it came to in each. */
export const createSharedHistory = (profiles: readonly Profile[], pick: (below: number) => number, n: number) => {
  const id = idOf(n)
  const group = createFakeGroup(id)
  const last = new Map<Person, number>()
  const targets: { readonly messageId: string; readonly revision: number }[] = []
  let messages = 0
  let lastSeq = 0

  const inEach = async (
    work: (profile: Profile) => Promise<object | boolean | undefined>,
  ): Promise<readonly object[]> => Promise.all(profiles.map((profile) => outcomeOf(work(profile))))

  const numbersOf = (by: Person) => {
    const before = last.get(by) ?? 0
    return { actor: actor(by), clientSeq: before + 1, afterClientSeq: before }
  }

  const execute = async (by: Person, command: Unstamped<ConversationCommand>, body: string | null) => {
    const outcomes = await inEach(({ commands }) => commands.execute(id, command, body))
    if (outcomes[0] !== undefined && 'revision' in outcomes[0]) last.set(by, command.clientSeq)
    return outcomes
  }

  const send = async (by: Person, kind?: Relation, which = pick(Math.max(1, targets.length))) => {
    messages += 1
    const messageNo = messageId(idOf(n * 1_000_000 + messages))
    const target = targets[which]
    const relatesTo = kind && target && { kind, messageId: messageId(target.messageId), revision: target.revision }
    const command = { type: 'SendMessage' as const, messageId: messageNo, ...numbersOf(by) }
    const body = kind === 'delete' ? null : group.message(`message ${messages}`)
    const outcomes = await execute(by, { ...command, ...(relatesTo && { relatesTo }) }, body)
    const [first] = outcomes
    if (first !== undefined && 'revision' in first && kind !== 'delete' && kind !== 'edit')
      targets.push({ messageId: messageNo, revision: Number(first.revision) })
    if (first !== undefined && 'seq' in first) lastSeq = Math.max(lastSeq, Number(first.seq))
    return outcomes
  }

  const commit = async (by: Person, wanted: Wanted) => {
    const request = group.commit(actor(by), wanted)
    const { epoch, change, ...parts } = request
    const prepared = await prepareCommit(id, parts)
    const command = { type: 'CommitGroup' as const, epoch, change: changeOf(change), commit: prepared.commit }
    const outcomes = await execute(by, { ...command, ...numbersOf(by) }, prepared.body)
    if (outcomes[0] !== undefined && 'revision' in outcomes[0]) group.accepted(request)
    return outcomes
  }

  const isIn = (person: Person): boolean => group.leaves().some((leaf) => leaf?.userId === person)

  return {
    id,
    targets: (): number => targets.length,
    start: async () => {
      const others = people.slice(1).map((person) => actor(person))
      const { addDevices, ...parts } = group.begin(actor('ann'), others)
      const { commit: first, body } = await prepareCommit(id, parts)
      const beginning = { addDevices: others, commit: first }
      const members = people.map((person) => userId(person))
      return execute('ann', { type: 'StartGroup', members, group: beginning, ...numbersOf('ann') }, body)
    },
    send,
    acknowledge: async (by: Person) => {
      const status = pick(2) === 0 ? 'read' : 'delivered'
      const upTo = 1 + pick(lastSeq + 2)
      return inEach(({ commands }) => commands.acknowledge(id, actor(by), upTo, status).then(() => undefined))
    },
    retain: (seconds: number | null) => execute('ann', { type: 'ChangeRetention', seconds, ...numbersOf('ann') }, null),
    expire: () => inEach(({ commands }) => commands.expireMessages(id)),
    /** Out, with the commit that carries it out, or in again. */
    removeOrAdd: async (person: Exclude<Person, 'ann'>) => {
      if (!isIn(person)) return commit('ann', { addUsers: [person], add: [actor(person)] })
      const removed = await execute('ann', { type: 'RemoveMember', userId: userId(person), ...numbersOf('ann') }, null)
      return [...removed, ...(await commit('ann', { remove: [actor(person)] }))]
    },
  }
}

export type SharedHistory = ReturnType<typeof createSharedHistory>

const differing: ReadonlySet<string> = new Set(['position', 'checkpoint', 'cursor'])

/** As JSON, without positions and what is made of them: these are the log's own. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, part) => (differing.has(key) ? undefined : typeof part === 'bigint' ? 0 : part)),
  )

/** Everything that may be read of a conversation, as each of the people sees it. */
export const everythingRead = async ({ side }: Profile, id: string, messageIds: readonly string[]) => {
  if (!(await side.settled())) throw new Error('the views do not catch up')
  const seen: Record<string, unknown> = {}
  const put = async (name: string, work: Promise<unknown>): Promise<void> => {
    seen[name] = plain(
      await work.catch((error: unknown) => {
        if (error instanceof ProtocolError) return { refused: error.code }
        throw error
      }),
    )
  }
  for (const person of people) {
    const events = async (): Promise<unknown> => {
      const found: unknown[] = []
      for (let from: number | undefined = 0; from !== undefined; ) {
        const page = await side.queries.streamEvents(person, id, from, 500)
        found.push(...page.events.map((text) => JSON.parse(text)))
        from = page.next
      }
      return found
    }
    const synced = async (): Promise<unknown> => {
      const page = await side.sync.page(person, side.sync.checkpoint([0n]), 5_000)
      return { ...page, upTo: [], events: textsOf(page).map((text) => JSON.parse(text)) }
    }
    const history = async (): Promise<unknown> => {
      const found: unknown[] = []
      for (let after: number | undefined = 0; after !== undefined; ) {
        const page = await side.queries.history(person, id, { after, limit: 100 })
        found.push(...page.messages)
        after = page.more ? page.messages.at(-1)?.seq : undefined
      }
      return found
    }
    await put(`${person} stream`, events())
    await put(`${person} sync`, synced())
    await put(`${person} history`, history())
    await put(`${person} newest`, side.queries.history(person, id, { limit: 20 }))
    await put(`${person} inbox`, side.queries.inbox(person, { limit: 10 }))
    await put(`${person} snapshot`, side.snapshot(person, { limit: 10, deviceId: 'phone' }))
    for (const message of messageIds)
      await put(`${person} receipts`, side.queries.messageReceipts(person, message, { limit: 50 }))
  }
  return seen
}
