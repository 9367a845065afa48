import { ProtocolError } from '@backscroll/protocol/errors'
import type { CommandResult, Commands } from '../commands/commands.ts'
import type { UserCommands } from '../commands/create-user-commands.ts'
import type { Actor } from '../domain/ids.ts'
import type { UserCommand } from '../domain/user/user-commands.ts'
import type { RequestOutcome } from '../domain/user/user-events.ts'
import type { Limits } from '../identity/accounts/rate-limiter.ts'
import { perHour } from '../identity/accounts/rate-limiter.ts'
import { type ConsentSettings, settingsOf } from './consent-settings.ts'

export interface ConversationRequest {
  readonly conversationId: string
  readonly kind: 'direct' | 'group'
  /** The user who added this one. */
  readonly from: string
  readonly at: number
}

export interface Block {
  readonly userId: string
  readonly since: number
}

/** What a user wants of others. Only the user's own devices are told. */
export interface OwnConsent {
  settings(userId: string): Promise<ConsentSettings>
  change(actor: Actor, change: Partial<ConsentSettings>): Promise<ConsentSettings>
  /**
   * The requests that wait for an answer, oldest first: as many as the settings allow, and a few that came at the
   * same time.
   */
  requests(userId: string): Promise<readonly ConversationRequest[]>
  /** Also accepts a direct conversation that was declined before. Rejects with `not_found` and `membership_limit`. */
  accept(actor: Actor, conversationId: string): Promise<CommandResult>
  /** Rejects with `not_found`. */
  decline(actor: Actor, conversationId: string): Promise<void>
  blocks(userId: string): Promise<readonly Block[]>
  /** Pending requests of the other user are declined. Rejects with `not_found` for an unknown id, and `block_limit`. */
  block(actor: Actor, userId: string): Promise<void>
  unblock(actor: Actor, userId: string): Promise<void>
}

export interface OwnConsentDeps {
  readonly users: Pick<UserCommands, 'tell' | 'consent'>
  readonly commands: Pick<Commands, 'answerInvitation'>
  readonly existing: (userIds: readonly string[]) => Promise<readonly string[]>
  readonly memberships: (userId: string, cap: number) => Promise<number>
  readonly limits: Limits
  readonly defaults: ConsentSettings
  readonly maxMemberships: number
  readonly newId: () => string
  readonly now: () => number
}

/** All of them are read whenever a stranger writes to the user. */
const mostBlocks = 1_000
/** Each change is an event that all the user's devices get. */
const changesPerHour = 600

type Wish = UserCommand extends infer Command
  ? Command extends UserCommand
    ? Omit<Command, 'at' | 'actor'>
    : never
  : never

export const createOwnConsent = (deps: OwnConsentDeps): OwnConsent => {
  const { users, commands, existing, limits, defaults } = deps

  const tell = async (actor: Actor, wish: Wish): Promise<void> => {
    await limits.take(perHour(`wishes of ${actor.userId}`, changesPerHour))
    const command = { ...wish, actor, at: deps.now() } as UserCommand
    await users.tell(actor.userId, { id: deps.newId(), command })
  }

  const settle = (actor: Actor, conversationId: string, outcome: RequestOutcome): Promise<void> =>
    tell(actor, { type: 'SettleRequest', conversationId, outcome })

  const settings = async (userId: string): Promise<ConsentSettings> => settingsOf(await users.consent(userId), defaults)

  const requireRoom = async (userId: string): Promise<void> => {
    if ((await deps.memberships(userId, deps.maxMemberships)) < deps.maxMemberships) return
    throw new ProtocolError('membership_limit', undefined, { details: { userId } })
  }

  const requireBlockable = async ({ userId: me }: Actor, userId: string): Promise<void> => {
    if (userId === me || (await existing([userId])).length === 0) throw new ProtocolError('not_found')
    if ((await users.consent(me)).blocked.size >= mostBlocks) throw new ProtocolError('block_limit')
  }

  return {
    settings,
    change: async (actor, change) => {
      await tell(actor, { type: 'ChangeConsent', ...change })
      return settings(actor.userId)
    },
    requests: async (userId) =>
      [...(await users.consent(userId)).requests].map(([conversationId, { kind, by, at }]) => {
        return { conversationId, kind, from: by, at }
      }),
    accept: async (actor, conversationId) => {
      await requireRoom(actor.userId)
      const accepted = await commands.answerInvitation(conversationId, actor, 'accept')
      await settle(actor, conversationId, 'accepted')
      return accepted
    },
    decline: async (actor, conversationId) => {
      if (!(await users.consent(actor.userId)).requests.has(conversationId)) throw new ProtocolError('not_found')
      await settle(actor, conversationId, 'declined')
    },
    blocks: async (userId) =>
      [...(await users.consent(userId)).blocked].map(([blocked, since]) => ({ userId: blocked, since })),
    block: async (actor, userId) => {
      await requireBlockable(actor, userId)
      await tell(actor, { type: 'BlockUser', userId })
    },
    unblock: (actor, userId) => tell(actor, { type: 'UnblockUser', userId }),
  }
}
