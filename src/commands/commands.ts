import type { ConversationCommand } from '../domain/conversation/conversation-commands.ts'
import type { Role } from '../domain/conversation/members/role.ts'
import type { Actor } from '../domain/ids.ts'

/** A command before the handler stamps it with the time. */
export type Unstamped<Command> = Command extends unknown ? Omit<Command, 'at'> : never

export interface CommandResult {
  /** The revision of the event that carries the command's number. */
  readonly revision: number
  /**
   * The position of the event itself, or of a later event that was stored with it: a reader that has everything
   * up to there has the event.
   */
  readonly position: bigint
  /** Server time of acceptance, milliseconds since the Unix epoch. */
  readonly at: number
  /** The command had been accepted before; this is the original result. */
  readonly duplicate: boolean
  /** For SendMessage: the new message's number, or that of the message it refers to. */
  readonly seq: number | undefined
}

/** The members of a conversation as of its newest event. */
export interface Roster {
  /** By user id, in the order of joining; without members who have not agreed yet. */
  readonly members: ReadonlyMap<string, Role>
  /** `<userId>/<deviceId>` of each device in its encryption group. */
  readonly devices: readonly string[]
}

/**
 * The write side. Both calls resolve only when the effect is durable and reject with a `ProtocolError`: a domain
 * rejection's own code, `unavailable` or `storage_full` when the log fails (send it again), `not_found` for a
 * conversation that the actor may not see.
 */
export interface Commands {
  /**
   * `not_found` for a user who was never in the conversation, after the same reads as for a conversation that
   * does not exist.
   */
  admit(conversationId: string, actor: Pick<Actor, 'userId'>): Promise<void>
  /** `ciphertext`: the body of a message, edit or reaction, or a commit (base64); null for every other command. */
  execute(
    conversationId: string,
    command: Unstamped<ConversationCommand>,
    ciphertext: string | null,
  ): Promise<CommandResult>
  /**
   * What `execute` would do now, without doing it: false for a repeat, which stores nothing. Rejects as the
   * command would be refused. Serves to check before the parts that a command names are stored.
   */
  check(conversationId: string, command: Unstamped<ConversationCommand>): Promise<boolean>
  /**
   * From the stream, not from the views, and only for the server itself: a caller on a user's behalf admits that
   * user first.
   */
  roster(conversationId: string): Promise<Roster>
  /**
   * A device was revoked: asks the conversation's group to remove it [E5]. Nothing happens if it is not in the
   * group, so the request may be repeated after any failure.
   */
  askDeviceRemoval(conversationId: string, actor: Actor, device: Actor): Promise<void>
  /**
   * The answer of a user who was asked. It may be repeated after any failure, and then changes nothing
   * (`duplicate`); so does the answer of a user who was not asked, or has left. `not_found` for a user who is not
   * a member. A direct conversation is declined elsewhere.
   */
  answerInvitation(conversationId: string, actor: Actor, answer: 'accept' | 'decline'): Promise<CommandResult>
  /**
   * Closes a group for an admin: nobody can write there any more. It may be repeated, and then changes nothing.
   * Rejects with `not_found` if there is no such conversation, and with `invalid` for a direct one.
   */
  closeConversation(conversationId: string): Promise<void>
  /**
   * Expires for ever what is past the conversation's retention, a limited number of messages at once. Answers
   * whether anything expired: then there may be more. It may be repeated after any failure, and by several
   * callers at the same time.
   */
  expireMessages(conversationId: string): Promise<boolean>
  /**
   * [E3] The device has used the Welcome of the event at `revision`, or no longer needs it; may be repeated.
   * `not_found` for a device that is not in the conversation's group, and for a revision that the group does not
   * have.
   */
  acknowledgeWelcome(conversationId: string, actor: Actor, revision: number): Promise<void>
  /** Advances a device's watermark [M5]. It is coalesced with others, so it resolves up to one window later. */
  acknowledge(conversationId: string, actor: Actor, upToSeq: number, status: 'delivered' | 'read'): Promise<void>
  /** Refuses new commands, flushes pending receipts, and waits for what is in flight. */
  close(): Promise<void>
}
