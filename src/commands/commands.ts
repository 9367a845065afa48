import type { ConversationCommand } from '../domain/conversation/conversation-commands.ts'
import type { Role } from '../domain/conversation/members/role.ts'
import type { Actor } from '../domain/ids.ts'

/** A command before the handler stamps it with the time. */
export type Unstamped<Command> = Command extends unknown ? Omit<Command, 'at'> : never

export interface CommandResult {
  /** The revision of the event that carries the command's number. */
  readonly revision: number
  /** Its own, or that of a later event which was stored with it: who has everything up to there has it. */
  readonly position: bigint
  /** Server time of acceptance, milliseconds since the Unix epoch. */
  readonly at: number
  /** The command had been accepted before; this is the original result. */
  readonly duplicate: boolean
  /** For SendMessage: the new message's number, or that of the message it refers to. */
  readonly seq: number | undefined
}

/** Who is in a conversation, as its newest event left it. */
export interface Roster {
  /** By user id, in the order of joining; without those who have not agreed yet. */
  readonly members: ReadonlyMap<string, Role>
  /** `<userId>/<deviceId>` of those in its encryption group. */
  readonly devices: readonly string[]
}

/**
 * The write side. Both calls resolve only when the effect is durable and reject with a `ProtocolError`: a domain rejection's own
 * code, `unavailable` or `storage_full` when the log fails (send it again), `not_found` for a conversation that the actor may not see.
 */
export interface Commands {
  /** `not_found` for a user who was never in the conversation, after reads that are the same where there is none. */
  admit(conversationId: string, actor: Pick<Actor, 'userId'>): Promise<void>
  /** `ciphertext`: the body of a message, edit or reaction, or a commit (base64); null for every other command. */
  execute(
    conversationId: string,
    command: Unstamped<ConversationCommand>,
    ciphertext: string | null,
  ): Promise<CommandResult>
  /**
   * What `execute` would do now, without doing it: false for a repeat, which stores nothing. Rejects with what the
   * command would be refused with. For what has to be stored before a command that names it.
   */
  check(conversationId: string, command: Unstamped<ConversationCommand>): Promise<boolean>
  /** From the stream, not from the views, and for nobody but the server itself: whoever asks for a user admits that user first. */
  roster(conversationId: string): Promise<Roster>
  /**
   * A device was revoked: asks the conversation's group to remove it [E5]. Nothing happens where it is not in the group, so the same may be
   * asked again after any failure.
   */
  askDeviceRemoval(conversationId: string, actor: Actor, device: Actor): Promise<void>
  /**
   * What somebody who was asked answers. The same may be answered again after any failure: it comes to nothing
   * (`duplicate`), as it does for who was not asked, or has left. `not_found` for who is no member. A direct
   * conversation is declined elsewhere.
   */
  answerInvitation(conversationId: string, actor: Actor, answer: 'accept' | 'decline'): Promise<CommandResult>
  /**
   * What is past the conversation's retention expires for ever, a bounded number of messages at once. Answers whether
   * anything did: then there may be more. The same may be asked again after any failure, and by anybody at the same
   * time.
   */
  expireMessages(conversationId: string): Promise<boolean>
  /**
   * [E3] The device has used the Welcome of the event at `revision`, or needs it no more; the same may be said again.
   * `not_found` for a device that is not in the conversation's group, and for a revision that it has not.
   */
  acknowledgeWelcome(conversationId: string, actor: Actor, revision: number): Promise<void>
  /** Advances a device's watermark [M5]; coalesced with others, so it resolves up to one window later. */
  acknowledge(conversationId: string, actor: Actor, upToSeq: number, status: 'delivered' | 'read'): Promise<void>
  /** Refuses new commands, flushes pending receipts, waits for what is in flight. */
  close(): Promise<void>
}
