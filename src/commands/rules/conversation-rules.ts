import { ProtocolError } from '@backscroll/protocol/errors'
import { decodeConversationEvent, encodeConversationEvents, encodeServerEvent } from '../../codec/conversation-codec.ts'
import { closeConversation } from '../../domain/conversation/closing.ts'
import type {
  AnswerInvitation,
  AskDeviceRemoval,
  CloseConversation,
  ConversationCommand,
  ExpireMessages,
} from '../../domain/conversation/conversation-commands.ts'
import { decide } from '../../domain/conversation/conversation-decider.ts'
import type { AnswerEvent, ConversationEvent, ServerEvent } from '../../domain/conversation/conversation-events.ts'
import { fromSnapshot, stateVersion, toSnapshot } from '../../domain/conversation/conversation-snapshot.ts'
import { type ConversationState, evolve, initialState } from '../../domain/conversation/conversation-state.ts'
import { deviceKey } from '../../domain/conversation/exactly-once.ts'
import { expireMessages } from '../../domain/conversation/expiry.ts'
import { askDeviceRemoval } from '../../domain/conversation/groups/group-commits.ts'
import { answerInvitation } from '../../domain/conversation/members/invitations.ts'
import type { StreamReader } from '../../event-log/event-logs.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { CommandResult } from '../commands.ts'
import { answerDecision } from '../writer/answer-decision.ts'
import type { Outcome } from '../writer/command-outcome.ts'
import type { Fold } from '../writer/load-stream.ts'
import type { Rules } from '../writer/stream-writer.ts'
import type { CommitLimit } from './commit-limit.ts'
import { createPrepareMessage, type PrepareMessageDeps } from './prepare-message.ts'
import { targetFacts, type WasDeleted } from './target-facts.ts'

/** A stamped command with the body that travels beside it. */
export interface Submitted {
  readonly stream: string
  readonly command: ConversationCommand | AskDeviceRemoval | ExpireMessages | CloseConversation | AnswerInvitation
  readonly ciphertext: string | null
}

/** Finds the event of an accepted command that the state no longer remembers. */
export type FindOriginal = (stream: string, command: ConversationCommand) => Promise<number | undefined>

/** Whether one of these revisions was deleted by the event at `by` or an earlier one, from the views. */
export type FindDeletion = (stream: string, revisions: readonly number[], by: number) => Promise<boolean>

const conversationFold: Fold<ConversationState> = {
  version: stateVersion,
  initial: initialState,
  evolve: (state, recorded) => evolve(state, decodeConversationEvent(recorded)),
  toSnapshot,
  fromSnapshot,
}

/** [M1] A new message has its own number; an edit, deletion or reaction has the number of its target. */
const seqOf = (event: ConversationEvent): number | undefined => {
  switch (event.type) {
    case 'MessageSent':
      return event.data.seq
    case 'MessageEdited':
    case 'MessageDeleted':
    case 'MessageReacted':
      return event.data.target.seq
    default:
      return undefined
  }
}

const lastOf = (state: ConversationState, { actor }: ConversationCommand): number =>
  state.devices.byKey.get(deviceKey(actor))?.last ?? 0

/**
 * Only commits that remove nobody wait: a removal must be possible at any time. A device that rejoins removes only
 * its own old leaf.
 */
const isLimited = (event: ConversationEvent): boolean =>
  event.type === 'GroupCommitted' && (event.data.external || event.data.removed.length === 0)

const nameOf = ({ actor, clientSeq }: ConversationCommand): string => `${deviceKey(actor)}/${clientSeq}`

const limited = (retryAfterMs: number): Outcome<never> => ({
  events: [],
  settle: () => {
    throw new ProtocolError('rate_limited', undefined, { retryAfterMs })
  },
})

/** The result of a command that had nothing left to do: the newest revision, and no position. */
const nothingToDo = (state: ConversationState, at: number): CommandResult => ({
  revision: state.revision,
  position: 0n,
  at,
  duplicate: true,
  seq: undefined,
})

const isOriginal = (event: ConversationEvent, command: ConversationCommand): boolean =>
  event.data.clientSeq === command.clientSeq &&
  event.actor.userId === command.actor.userId &&
  event.actor.deviceId === command.actor.deviceId &&
  (!('messageId' in command) || ('messageId' in event.data && event.data.messageId === command.messageId))

const resultOf = (recorded: RecordedEvent, event: ConversationEvent): CommandResult => ({
  revision: recorded.revision,
  position: recorded.position,
  at: recorded.at,
  duplicate: true,
  seq: seqOf(event),
})

/** Events that the server makes by itself. */
const byServer = <Event extends ServerEvent | AnswerEvent>(
  state: ConversationState,
  events: readonly Event[],
  at: number,
  idOf: (event: Event) => string,
): Outcome<CommandResult> => {
  for (const event of events) evolve(state, event)
  return {
    events: events.map((event) => encodeServerEvent(event, idOf(event))),
    settle: (revision, position) =>
      events.length === 0 ? nothingToDo(state, at) : { revision, position, at, duplicate: false, seq: undefined },
  }
}

/** The same removal in the same epoch has the same id, no matter who requests it and how often. */
const removal = (state: ConversationState, command: AskDeviceRemoval): Outcome<CommandResult> => {
  const asked = askDeviceRemoval(state, command)
  const { generation = 0, epoch = 0 } = state.mls ?? {}
  const { userId, deviceId } = command.device
  return byServer(state, asked, command.at, () => `removal/${userId}/${deviceId}/${generation}.${epoch}`)
}

const expiry = (state: ConversationState, command: ExpireMessages): Outcome<CommandResult> =>
  byServer(state, expireMessages(state, command), command.at, ({ data }) => `expired/${data.upTo}`)

const closure = (state: ConversationState, command: CloseConversation): Outcome<CommandResult> =>
  byServer(state, closeConversation(state, command), command.at, () => 'closed')

/** An answer counts once for each invitation, no matter who gives it and how often. */
const answer = (state: ConversationState, command: AnswerInvitation): Outcome<CommandResult> => {
  const { userId } = command.actor
  const answered = answerInvitation(state, command)
  const joined = state.joined.get(userId)
  return byServer(state, answered, command.at, ({ type }) => `${type}/${userId}/${joined}`)
}

export const conversationRules = (
  log: StreamReader & { readonly keepsBodies?: true },
  findOriginal: FindOriginal,
  wasDeleted: FindDeletion,
  asking: Pick<PrepareMessageDeps, 'isIdTaken' | 'mayNameMedia'>,
  commitLimit: CommitLimit,
  /** Names each decision where other processes may decide the same command. */
  decisionId: () => string | undefined,
): Rules<ConversationState, Submitted, CommandResult> => {
  const originalResult = async (
    stream: string,
    command: ConversationCommand,
    remembered: number | undefined,
    last: number,
  ) => {
    const revision = remembered ?? (await findOriginal(stream, command))
    const [recorded] = revision === undefined ? [] : await log.readStream({ stream, from: revision, limit: 1 })
    const event = recorded && decodeConversationEvent(recorded)
    if (recorded !== undefined && event !== undefined && isOriginal(event, command)) return resultOf(recorded, event)
    throw new ProtocolError('client_seq_conflict', undefined, { details: { last } })
  }

  const accepted = (
    state: ConversationState,
    { ciphertext, stream, command }: Submitted,
    events: readonly ConversationEvent[],
  ): Outcome<CommandResult> => {
    const waitMs =
      command.type === 'CommitGroup' && events.some(isLimited)
        ? commitLimit.take(stream, nameOf(command), command.at)
        : undefined
    if (waitMs !== undefined) return limited(waitMs)
    const named = events.findIndex((event) => event.data.clientSeq !== undefined)
    const main = events[named]
    if (main === undefined) throw new Error('an accepted command must number one of its events')
    for (const event of events) evolve(state, event)
    return {
      events: encodeConversationEvents(events, ciphertext, decisionId()),
      settle: (firstRevision, position) => ({
        revision: firstRevision + named,
        position,
        at: main.at,
        duplicate: false,
        seq: seqOf(main),
      }),
    }
  }

  /** Undefined where the log itself says it, or where the state remembers everything. */
  const forgotten = (stream: string, { forgottenDeletion: by }: ConversationState): WasDeleted | undefined =>
    log.keepsBodies !== true || by < 0 ? undefined : (revisions) => wasDeleted(stream, revisions, by)

  const prepareMessage = createPrepareMessage({
    ...asking,
    targetFacts: (stream, target, state) => targetFacts(log, stream, target, forgotten(stream, state)),
  })

  return {
    fold: conversationFold,
    prepare: (submitted, state) => {
      if (submitted.command.type !== 'SendMessage') return undefined
      return prepareMessage(submitted.stream, submitted.command, state)?.then((command) => ({ ...submitted, command }))
    },
    decide: (state, submitted) => {
      const { stream, command } = submitted
      if (command.type === 'AskDeviceRemoval') return removal(state, command)
      if (command.type === 'ExpireMessages') return expiry(state, command)
      if (command.type === 'CloseConversation') return closure(state, command)
      if (command.type === 'AcceptInvitation' || command.type === 'DeclineInvitation') return answer(state, command)
      const last = lastOf(state, command)
      return answerDecision(decide(state, command), {
        accepted: (events) => accepted(state, submitted, events),
        repeat: (revision) => originalResult(stream, command, revision, last),
      })
    },
  }
}
