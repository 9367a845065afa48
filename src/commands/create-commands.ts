import { ProtocolError } from '@backscroll/protocol/errors'
import type { ConversationCommand } from '../domain/conversation/conversation-commands.ts'
import { decide } from '../domain/conversation/conversation-decider.ts'
import type { ConversationState } from '../domain/conversation/conversation-state.ts'
import { leafOf } from '../domain/conversation/groups/commit-checks.ts'
import { changesRetention } from '../domain/conversation/members/roles.ts'
import type { Actor } from '../domain/ids.ts'
import { refuseWatermark } from '../domain/receipts/receipts-decider.ts'
import { conversationStream, receiptsStream } from '../domain/stream-names.ts'
import { createAdmitActor } from './admit-actor.ts'
import type { Commands, Roster, Unstamped } from './commands.ts'
import { createReceiptsWindow } from './receipts-window.ts'
import { createCommitLimit } from './rules/commit-limit.ts'
import { conversationRules } from './rules/conversation-rules.ts'
import { encryptedPlace } from './rules/encrypted-epoch.ts'
import { expiredMessages } from './rules/expired-messages.ts'
import { receiptsRules } from './rules/receipts-rules.ts'
import { asProtocolError } from './writer/answer-decision.ts'
import type { WriterDeps } from './writer/stream-writer.ts'
import { createWriters, type WritersOptions } from './writer/writer-pool.ts'

export interface CommandsDeps extends WriterDeps {
  /** From the views: the revision of the event of an accepted command that the state has forgotten. */
  readonly originalOf: (
    conversationId: string,
    actor: Actor,
    clientSeq: number,
    messageId: string | undefined,
  ) => Promise<number | undefined>
  /**
   * From the views: whether one of these revisions was deleted by the event at `by` or an earlier one. Asked
   * where the log keeps bodies.
   */
  readonly wasDeleted: (conversationId: string, revisions: readonly number[], by: number) => Promise<boolean>
  /**
   * Does an older message have this id, as far as the views have come? Default: only the messages that the state
   * remembers count.
   */
  readonly isIdTaken?: (conversationId: string, messageId: string) => Promise<boolean>
  /** Returns whether all these files are complete and the user may read them. */
  readonly mayNameMedia: (userId: string, mediaIds: readonly string[]) => Promise<boolean>
  /** Is or was the user a member of the conversation, according to the views? Default: only the streams say it. */
  readonly wasEverMember?: (conversationId: string, userId: string) => Promise<boolean>
  /** Has the user switched read receipts off? Default: nobody has. */
  readonly readsInPrivate?: (userId: string) => Promise<boolean>
  /** Never gives the same id twice, over all processes. */
  readonly newId: () => string
}

export interface CommandsOptions extends WritersOptions {
  /** Receipts of one conversation are gathered for this long before they are appended. */
  readonly receiptsWindowMs: number
}

/** What the decider may know of a message's body: the group and epoch that it is encrypted to. */
const withPlace = (
  conversationId: string,
  command: ConversationCommand,
  ciphertext: string | null,
): ConversationCommand => {
  if (command.type !== 'SendMessage' || ciphertext === null) return command
  const encrypted = encryptedPlace(conversationId, ciphertext)
  return encrypted === undefined ? command : { ...command, encrypted }
}

const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1)

/** Copied, because the state changes later. */
const rosterOf = ({ members, invited, mls }: ConversationState): Roster => ({
  members: new Map([...members].filter(([userId]) => !invited.has(userId))),
  devices: [...(mls?.leaves.values() ?? [])],
})

/** Load, fold, decide, append, retry: the whole write side. */
export const createCommands = (deps: CommandsDeps, options: CommandsOptions): Commands => {
  let closing = false
  const rules = conversationRules(
    deps.log,
    (stream, command) =>
      deps.originalOf(
        idOf(stream),
        command.actor,
        command.clientSeq,
        'messageId' in command ? command.messageId : undefined,
      ),
    (stream, revisions, by) => deps.wasDeleted(idOf(stream), revisions, by),
    {
      isIdTaken: async (stream, messageId) => (await deps.isIdTaken?.(idOf(stream), messageId)) ?? false,
      mayNameMedia: deps.mayNameMedia,
    },
    createCommitLimit(),
    () => (deps.shared === true ? deps.newId() : undefined),
  )
  const conversations = createWriters(rules, options, deps)
  const receipts = createWriters(receiptsRules(deps.newId), options, deps)

  const admit = createAdmitActor({
    known: (conversationId) => conversations.known(conversationStream(conversationId)),
    wasEverMember: deps.wasEverMember ?? (async () => true),
  })

  /** A user who begins a conversation need not be a member. */
  const admitTo = async (conversationId: string, { type, actor }: Unstamped<ConversationCommand>): Promise<void> => {
    if (type !== 'StartGroup' && type !== 'StartDirect') await admit(conversationId, actor)
  }

  const window = createReceiptsWindow(options.receiptsWindowMs, async (conversationId, entries) => {
    const highest = Math.max(...entries.map(({ delivered = 0, read = 0 }) => Math.max(delivered, read)))
    // They were admitted when they came. A state that has gone back since then would refuse all of them.
    const { lastSeq } = await conversations.state(
      conversationStream(conversationId),
      (known) => highest <= known.lastSeq,
    )
    await receipts.submit(receiptsStream(conversationId), { entries, lastSeq, at: deps.now() })
  })

  const newest = (stream: string): Promise<ConversationState> => conversations.state(stream, () => false)

  const expire = async (conversationId: string): Promise<boolean> => {
    if (closing) throw new ProtocolError('shutting_down')
    const stream = conversationStream(conversationId)
    const command = await expiredMessages(deps.log, stream, await newest(stream), deps.now())
    if (command === undefined) return false
    const { duplicate } = await conversations.submit(stream, { stream, command, ciphertext: null })
    return !duplicate
  }

  /** Expired messages do not come back under another retention, however soon it comes. */
  const expireBefore = async (conversationId: string, { actor }: Unstamped<ConversationCommand>): Promise<void> => {
    const state = await newest(conversationStream(conversationId))
    const role = state.members.get(actor.userId)
    if (state.retentionSeconds === null || role === undefined || !changesRetention(state, role)) return
    while (await expire(conversationId));
  }

  const stamped = (command: Unstamped<ConversationCommand>): ConversationCommand => ({ ...command, at: deps.now() })

  return {
    admit,
    execute: async (conversationId, command, ciphertext) => {
      if (closing) throw new ProtocolError('shutting_down')
      await admitTo(conversationId, command)
      if (command.type === 'ChangeRetention') await expireBefore(conversationId, command)
      const stream = conversationStream(conversationId)
      const placed = withPlace(conversationId, stamped(command), ciphertext)
      return conversations.submit(stream, { stream, command: placed, ciphertext })
    },
    check: async (conversationId, command) => {
      await admitTo(conversationId, command)
      const given = stamped(command)
      const isGood = (state: ConversationState): boolean => decide(state, given).kind !== 'rejected'
      const decision = decide(await conversations.state(conversationStream(conversationId), isGood), given)
      if (decision.kind === 'rejected') throw asProtocolError(decision.rejection)
      return decision.kind === 'accepted'
    },
    roster: async (conversationId) => rosterOf(await newest(conversationStream(conversationId))),
    askDeviceRemoval: async (conversationId, actor, device) => {
      if (closing) throw new ProtocolError('shutting_down')
      const stream = conversationStream(conversationId)
      const command = { type: 'AskDeviceRemoval' as const, at: deps.now(), actor, device }
      await conversations.submit(stream, { stream, command, ciphertext: null })
    },
    answerInvitation: async (conversationId, actor, answer) => {
      if (closing) throw new ProtocolError('shutting_down')
      const stream = conversationStream(conversationId)
      const isMember = ({ members }: ConversationState): boolean => members.has(actor.userId)
      if (!isMember(await conversations.state(stream, isMember))) throw new ProtocolError('not_found')
      const type = answer === 'accept' ? ('AcceptInvitation' as const) : ('DeclineInvitation' as const)
      return conversations.submit(stream, { stream, command: { type, at: deps.now(), actor }, ciphertext: null })
    },
    closeConversation: async (conversationId) => {
      if (closing) throw new ProtocolError('shutting_down')
      const stream = conversationStream(conversationId)
      const { exists, kind } = await newest(stream)
      if (!exists) throw new ProtocolError('not_found')
      const details = { field: 'conversationId', reason: 'must be a group' }
      if (kind === 'direct') throw new ProtocolError('invalid', undefined, { details })
      const command = { type: 'CloseConversation' as const, at: deps.now() }
      await conversations.submit(stream, { stream, command, ciphertext: null })
    },
    expireMessages: expire,
    acknowledgeWelcome: async (conversationId, actor, revision) => {
      if (closing) throw new ProtocolError('shutting_down')
      await admit(conversationId, actor)
      const { userId, deviceId } = actor
      const isKnown = ({ mls, revision: last }: ConversationState): boolean =>
        mls !== undefined && leafOf(mls, { userId, deviceId }) !== undefined && revision <= last
      if (!isKnown(await conversations.state(conversationStream(conversationId), isKnown)))
        throw new ProtocolError('not_found')
      const welcome = { userId, deviceId, revision }
      await receipts.submit(receiptsStream(conversationId), { welcome, at: deps.now() })
    },
    acknowledge: async (conversationId, actor, upToSeq, status) => {
      if (closing) throw new ProtocolError('shutting_down')
      await admit(conversationId, actor)
      const state = await conversations.state(
        conversationStream(conversationId),
        ({ members, lastSeq }) => members.has(actor.userId) && upToSeq <= lastSeq,
      )
      if (!state.members.has(actor.userId)) throw new ProtocolError('not_found')
      if (state.invited.has(actor.userId)) throw new ProtocolError('not_accepted')
      const refused = refuseWatermark({ delivered: upToSeq }, state.lastSeq)
      if (refused !== undefined) throw asProtocolError(refused)
      const hidden = status === 'read' && ((await deps.readsInPrivate?.(actor.userId)) ?? false)
      await window.add(conversationId, actor, upToSeq, hidden ? 'read_in_private' : status)
    },
    close: async () => {
      closing = true
      await conversations.settled()
      await window.flush()
      await receipts.settled()
      conversations.close()
      receipts.close()
    },
  }
}
