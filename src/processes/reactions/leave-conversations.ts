import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import type { CommandResult, Commands, Unstamped } from '../../commands/commands.ts'
import type { ConversationCommand } from '../../domain/conversation/conversation-commands.ts'
import { type Actor, deviceId, userId as toUserId, type UserId } from '../../domain/ids.ts'
import { idOfStream } from '../../domain/stream-names.ts'
import type { Position, RecordedEvent } from '../../ports/event-log.ts'
import type { AccountRecords } from '../../ports/identity/account-records.ts'
import type { Views } from '../../projections/reading/view-reader.ts'
import { reactToEach } from './react-to-each.ts'
import type { Reaction } from './reaction.ts'
import { createStandingConversations, type StandingConversationsDeps } from './standing-conversations.ts'
import type { CaughtUp } from './wait-for-views.ts'

export interface LeaveConversationsDeps extends StandingConversationsDeps {
  readonly commands: Pick<Commands, 'execute' | 'roster'>
  readonly views: Pick<Views, 'find'>
  readonly caughtUp: CaughtUp
  readonly store: Pick<AccountRecords, 'erased'>
}

const hasCode = (error: unknown, ...codes: readonly ErrorCode[]): boolean =>
  error instanceof ProtocolError && codes.includes(error.code)

/** Devices that no client can be: no device id begins like their ids. One for each cause and purpose. */
const serverDevice = (userId: string, purpose: 'leave' | 'succession', cause: Position): Actor => ({
  userId: toUserId(userId),
  deviceId: deviceId(`~${purpose}-${cause}`),
})

const firstAndOnly = { clientSeq: 1, afterClientSeq: 0 }

const rank = { admin: 0, member: 1, owner: 2 } as const

/**
 * The consequences of erasing a user, or of adding an erased user again: the user leaves every group, and a group
 * that would lose its last owner first gets another one. Direct conversations are not left. The commands' numbers
 * and devices follow from the event, so repeating it changes nothing.
 */
export const createLeaveConversations = (deps: LeaveConversationsDeps): Reaction => {
  const { commands, views, caughtUp, store } = deps

  const standing = createStandingConversations(deps)

  /** As far as the views tell. */
  const present = async (userId: string): Promise<readonly string[]> => {
    const where = { userId: { eq: userId }, active: { gte: 1 } }
    return (await views.find('memberships', { where })).map(({ conversationId }) => conversationId)
  }

  const successor = async (conversationId: string, leaving: string): Promise<UserId | undefined> => {
    const { members } = await commands.roster(conversationId)
    const [next] = [...members].filter(([userId]) => userId !== leaving).sort(([, a], [, b]) => rank[a] - rank[b])
    return next && toUserId(next[0])
  }

  const execute = (conversationId: string, command: Unstamped<ConversationCommand>): Promise<CommandResult> =>
    commands.execute(conversationId, command, null)

  const appointSuccessor = async (conversationId: string, userId: string, cause: Position): Promise<void> => {
    const next = await successor(conversationId, userId)
    if (next === undefined) throw new Error(`nobody in ${conversationId} could become its owner`)
    const actor = serverDevice(userId, 'succession', cause)
    const command = { type: 'ChangeRole' as const, actor, userId: next, role: 'owner' as const }
    // A number that was used already made an owner who is gone again.
    for (let number = 1; ; number += 1) {
      const { duplicate } = await execute(conversationId, { ...command, clientSeq: number, afterClientSeq: number - 1 })
      if (!duplicate) return
    }
  }

  const leave = async (conversationId: string, userId: string, cause: Position): Promise<void> => {
    const actor = serverDevice(userId, 'leave', cause)
    const leaving = (): Promise<unknown> =>
      execute(conversationId, { type: 'LeaveConversation', actor, ...firstAndOnly })
    try {
      await leaving()
    } catch (error) {
      // Not a member any more, or a direct conversation.
      if (hasCode(error, 'not_found', 'forbidden')) return
      if (!hasCode(error, 'last_owner')) throw error
      await appointSuccessor(conversationId, userId, cause)
      await leaving()
    }
  }

  const userErased = async (userId: string, event: RecordedEvent): Promise<boolean> => {
    await caughtUp.everywhere(event.position)
    // First, because the views then tell what is repaired meanwhile.
    const still = await standing.list()
    const known = await present(userId)
    const leaveIt = (conversationId: string): Promise<void> => leave(conversationId, userId, event.position)
    await reactToEach([...new Set([...known, ...still])], (id) => standing.unlessForeign(id, userId, () => leaveIt(id)))
    return true
  }

  const membersCame = async (event: RecordedEvent): Promise<boolean> => {
    const { type, data } = decodeConversationEvent(event)
    if (type !== 'MembersAdded' && type !== 'ConversationStarted') return false
    const gone = await store.erased(data.members.map(({ userId }) => userId))
    const conversationId = idOfStream(event.stream)
    for (const userId of gone) await leave(conversationId, userId, event.position)
    return gone.length > 0
  }

  return {
    types: new Set(['UserErased', 'MembersAdded', 'ConversationStarted']),
    react: (event) => {
      if (event.type === 'UserErased') return () => userErased(idOfStream(event.stream), event)
      if (event.type === 'MembersAdded' || event.type === 'ConversationStarted') return () => membersCame(event)
      return undefined
    },
  }
}
