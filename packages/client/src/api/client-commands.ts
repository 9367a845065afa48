import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { Posting } from '@backscroll/protocol/posting'
import type { SendResult } from '@backscroll/protocol/server-frames'
import { messageOf } from '../commands/message-parts.ts'
import type {
  Accepted,
  CommandResult,
  GroupChange,
  MemberCommand,
  MessageCommand,
  PeopleResult,
  RestCommand,
} from '../commands/outbox-entry.ts'
import type { Address } from '../content/address.ts'
import type { Content } from '../content/message-content.ts'
import {
  contentOf,
  forwardedOf,
  mentionsIn,
  type Outgoing,
  type OutgoingReaction,
  reactionOf,
  voteOf,
} from '../content/outgoing-content.ts'
import { createTextKey, type TextField } from '../crypto/sealed-text.ts'
import { toBase64 } from '../encoding/base64.ts'
import { shareKeys } from '../groups/details/share-details-keys.ts'
import type { OutgoingFiles } from '../media/file-types.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'
import { fittingText, textOf } from './fitting-text.ts'

/** Names a message, as its event or the history gives it. */
export interface MessageRef {
  readonly messageId: string
  readonly revision: number
  readonly seq: number
}

export interface SendOptions {
  readonly contentType?: string
  /** The files that the message names. Default: those of its attachments. Not for a message with `files`. */
  readonly mediaIds?: readonly string[]
  /** A lower-case UUID; default: a new one. */
  readonly messageId?: string
}

/**
 * Every command is stored before it is sent, sent in order, and has one effect, even if it was given offline or the
 * process ended in between. The promise resolves when the server has made it durable, and rejects with
 * `BackscrollError` when it was finally rejected, or with `stopped` when the client was closed before (the command
 * stays stored and goes out with the next start).
 */
export interface ClientCommands {
  /**
   * A message with `files` is stored with sealed copies of them, and takes its place when they are uploaded: later
   * messages do not wait for it. Its promise also rejects with `file_unreadable`, `device_full`, or a refusal of a
   * file, such as `media_full`.
   */
  send(to: Address, content: Outgoing | OutgoingFiles, options?: SendOptions): Promise<SendResult>
  reply(to: Address, target: MessageRef, content: Outgoing | OutgoingFiles, options?: SendOptions): Promise<SendResult>
  edit(to: Address, target: MessageRef, content: Outgoing, options?: SendOptions): Promise<SendResult>
  delete(to: Address, target: MessageRef): Promise<SendResult>
  react(to: Address, target: MessageRef, content: OutgoingReaction, options?: SendOptions): Promise<SendResult>
  /**
   * Votes in a poll: the places of the chosen options, from 0 on; none takes the vote back. A vote is the user's
   * reaction to the poll: the newest one counts.
   */
  vote(to: Address, target: MessageRef, options: readonly number[]): Promise<SendResult>
  /** Ends an own poll: later votes do not count. */
  closePoll(to: Address, target: MessageRef): Promise<SendResult>
  /**
   * Sends what this device has read in a message to other conversations, marked as forwarded. Files are named again,
   * not uploaded again. Returns one promise for each conversation, in their order. They reject with `invalid` for a
   * poll, and for a message that this device cannot read.
   */
  forward(
    message: { readonly content: Content | undefined },
    to: readonly Address[],
    options?: Pick<SendOptions, 'contentType' | 'mediaIds'>,
  ): readonly Promise<SendResult>[]
  /** From now on the conversation exists under this id for this device, also offline. */
  createGroup(group: {
    readonly conversationId?: string
    readonly members: readonly string[]
    readonly name?: string
    readonly description?: string
  }): { readonly conversationId: string; readonly done: Promise<PeopleResult> }
  /**
   * Adds the users who can be added; the result says for each what happened. When none can be added, it rejects
   * with `not_found`, and nothing happens. The members of a new group are treated the same way.
   */
  addMembers(conversationId: string, userIds: readonly string[]): Promise<PeopleResult>
  removeMember(conversationId: string, userId: string): Promise<CommandResult>
  /**
   * The last owner of a group hands it over by leaving: to `successor`, or else to the admin, or else the member, who
   * has been in the group for the longest time. Rejects with `last_owner` if none of them can become an owner.
   */
  leave(conversationId: string, options?: { readonly successor?: string }): Promise<CommandResult>
  /** Makes another member an owner, and this user an admin. */
  handOver(conversationId: string, userId: string): Promise<CommandResult>
  /**
   * For owners: everybody is out, the server erases all messages, and the members' devices drop them. Nothing can be
   * written any more.
   */
  deleteGroup(conversationId: string): Promise<CommandResult>
  setRole(conversationId: string, userId: string, role: 'owner' | 'admin' | 'member'): Promise<CommandResult>
  rename(conversationId: string, name: string): Promise<CommandResult>
  describe(conversationId: string, description: string): Promise<CommandResult>
  /**
   * Gives up an encryption group that nobody can use any more; the members' devices make a new one by themselves.
   * For owners and admins; in a direct conversation for both users.
   */
  resetGroup(conversationId: string): Promise<CommandResult>
  /** Messages older than `seconds` are no longer served; null keeps them for ever. */
  setRetention(conversationId: string, seconds: number | null): Promise<CommandResult>
  /** `admins`: the group takes new messages, replies and edits from owners and admins alone. For these. */
  setPosting(conversationId: string, posting: Posting): Promise<CommandResult>
}

export interface CommandDeps {
  readonly userId: string
  readonly outbox: Pick<Outbox, 'add'>
  readonly uploads: Pick<MessageUploads, 'send'>
  readonly now: () => number
  readonly newId: () => string
  /** Base64: a new key for the name of a group. */
  readonly newTextKey?: () => string
}

type Kind = NonNullable<MessageCommand['relatesTo']>['kind']
interface Relation {
  readonly kind: Kind
  readonly target: MessageRef
}
type Said = readonly [options: SendOptions, relation?: Relation]

const hasFiles = (content: Outgoing | OutgoingFiles): content is OutgoingFiles => 'files' in content

/** A rejection is also reported as a `failed` event, so a caller who does not wait for the promise must not crash. */
const handled = <Value>(promise: Promise<Value>): Promise<Value> => {
  promise.catch(() => {})
  return promise
}

const pathOf = (conversationId: string): string => `/conversations/${encodeURIComponent(conversationId)}`

const createdTextKey = () => toBase64(createTextKey())

export const createClientCommands = (deps: CommandDeps): ClientCommands => {
  const { userId, outbox, uploads, now, newId, newTextKey = createdTextKey } = deps
  const sendResultOf = (messageId: string, { seq = 0, ...result }: Accepted): SendResult => ({
    ...result,
    messageId,
    seq,
  })

  const withoutUsers = ({ users: _nobody, ...result }: PeopleResult): CommandResult => result
  const peopleResultOf = ({ users = {}, ...result }: Accepted): PeopleResult => ({ ...result, users })

  const addressOf = (to: Address) =>
    typeof to === 'string' ? { id: to } : { id: directConversationId(userId, to.user), recipientId: to.user }
  const refOf = ({ messageId, revision, seq }: MessageRef, kind: Kind) => ({ messageId, revision, seq, kind })

  const withContent = async (to: Address, makeContent: () => Content, options: SendOptions, relation?: Relation) => {
    const content = makeContent()
    const { messageId = newId() } = options
    const { id, ...recipient } = addressOf(to)
    const relatesTo = relation && refOf(relation.target, relation.kind)
    const command = messageOf({ ...options, messageId, content, ...recipient, relatesTo })
    return sendResultOf(messageId, await outbox.add(id, messageId, { ...command, sentAt: now() }))
  }
  const withFiles = async (to: Address, content: OutgoingFiles, options: SendOptions, relation?: Relation) => {
    const { messageId = newId(), contentType } = options
    const { id: conversationId, ...recipient } = addressOf(to)
    const relatesTo = relation && refOf(relation.target, relation.kind)
    const said = { text: content.text, ...mentionsIn(content), files: content.files }
    const given = { conversationId, messageId, ...recipient, contentType, relatesTo, sentAt: now() }
    return sendResultOf(messageId, await uploads.send({ ...given, ...said }))
  }
  const say = (type: 'text' | 'reply', to: Address, content: Outgoing | OutgoingFiles, ...how: Said) =>
    hasFiles(content) ? withFiles(to, content, ...how) : withContent(to, () => contentOf(type, content), ...how)
  const deleted = async (to: Address, target: MessageRef) => {
    const [messageId, { id, ...recipient }] = [newId(), addressOf(to)]
    const command = { kind: 'message' as const, ...recipient, relatesTo: refOf(target, 'delete'), sentAt: now() }
    return sendResultOf(messageId, await outbox.add(id, messageId, command))
  }

  const group = (id: string, method: RestCommand['method'], path: string, body: RestCommand['body'] = {}) =>
    handled(outbox.add(id, newId(), { kind: 'rest', method, path, body }))
  const changeMember = (id: string, change: MemberCommand['change']) =>
    handled(outbox.add(id, newId(), { kind: 'member', change }))
  const regroup = (id: string, change: GroupChange) =>
    handled(outbox.add(id, newId(), { kind: 'group', change, quiet: false }).then(peopleResultOf))

  const changeRole = (id: string, member: string, role: 'owner' | 'admin' | 'member') =>
    handled(regroup(id, { type: 'role', userId: member, role }).then(withoutUsers))

  const share = (id: string, key: string) => shareKeys(outbox, { id, messageId: newId(), keys: [key], now: now() })
  const create = (id: string, members: readonly string[], texts: { name?: string; description?: string }) => {
    const key = Object.keys(texts).length === 0 ? undefined : newTextKey()
    const done = regroup(id, { type: 'start', members: [...members], ...texts, ...(key !== undefined && { key }) })
    if (key !== undefined) share(id, key)
    return done
  }
  /** The key goes first, so that everybody who is told the new name can read it. */
  const changeText = async (id: string, field: TextField, given: string) => {
    const text = fittingText(field, given)
    const key = newTextKey()
    share(id, key)
    return outbox.add(id, newId(), { kind: 'details', field, text, key })
  }

  return {
    send: (to, content, options = {}) => handled(say('text', to, content, options)),
    reply: (to, target, content, options = {}) =>
      handled(say('reply', to, content, options, { kind: 'reply', target })),
    edit: (to, target, content, options = {}) =>
      handled(withContent(to, () => contentOf('edit', content), options, { kind: 'edit', target })),
    react: (to, target, content, options = {}) =>
      handled(withContent(to, () => reactionOf(content), options, { kind: 'reaction', target })),
    vote: (to, target, options) => handled(withContent(to, () => voteOf(options), {}, { kind: 'reaction', target })),
    closePoll: (to, target) =>
      handled(withContent(to, () => ({ type: 'poll_closed', body: {} }), {}, { kind: 'edit', target })),
    forward: ({ content }, to, options = {}) =>
      to.map((one) => handled(withContent(one, () => forwardedOf(content), options))),
    delete: (to, target) => handled(deleted(to, target)),
    createGroup: ({ conversationId = newId(), members, name, description }) => {
      const texts = { ...textOf('name', name), ...textOf('description', description) }
      return { conversationId, done: create(conversationId, members, texts) }
    },
    addMembers: (id, userIds) => regroup(id, { type: 'add', userIds: [...userIds] }),
    removeMember: (id, member) => changeMember(id, { type: member === userId ? 'left' : 'removed', userId: member }),
    leave: (id, { successor } = {}) =>
      changeMember(id, { type: 'left', userId, ...(successor !== undefined && { successor }) }),
    handOver: (id, member) => {
      void changeRole(id, member, 'owner')
      return changeRole(id, userId, 'admin')
    },
    deleteGroup: (id) => changeMember(id, { type: 'deleted', userId }),
    setRole: changeRole,
    rename: (id, name) => handled(changeText(id, 'name', name)),
    describe: (id, description) => handled(changeText(id, 'description', description)),
    resetGroup: (id) => handled(outbox.add(id, newId(), { kind: 'reset' })),
    setRetention: (id, seconds) => group(id, 'PATCH', pathOf(id), { retentionSeconds: seconds }),
    setPosting: (id, posting) => group(id, 'PATCH', pathOf(id), { posting }),
  }
}
