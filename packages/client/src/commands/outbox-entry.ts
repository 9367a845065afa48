import { role } from '@backscroll/protocol/role'
import type { SendResult } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import { clientErrorCodes } from '../errors/backscroll-error.ts'

export const target = z.object({
  messageId: z.string(),
  revision: z.int(),
  seq: z.int(),
  kind: z.enum(['edit', 'delete', 'reaction', 'reply']),
})

const messageCommand = z.object({
  kind: z.literal('message'),
  /** Set when it was addressed to a person. */
  recipientId: z.string().optional(),
  /** The content's envelope, base64; absent in a deletion. Sealed once for an epoch of the group. */
  plaintext: z.string().optional(),
  contentType: z.string().optional(),
  relatesTo: target.optional(),
  mediaIds: z.array(z.string()).optional(),
  sentAt: z.int(),
  /** From device to device: made by the SDK itself. */
  control: z.literal(true).optional(),
})

/** A group command: goes over REST, but is numbered in the same chain. */
const restCommand = z.object({
  kind: z.literal('rest'),
  method: z.enum(['POST', 'PATCH', 'DELETE']),
  path: z.string(),
  body: z.record(z.string(), z.unknown()),
})

/** Leaves, removes a member, or deletes the group: signed when its turn comes, in the epoch that the group is in then. */
const memberCommand = z.object({
  kind: z.literal('member'),
  /** `left`, and `deleted` for the whole group: the own user. */
  change: z.object({
    type: z.enum(['left', 'removed', 'deleted']),
    userId: z.string(),
    /** Becomes an owner first if the last owner leaves. */
    successor: z.string().optional(),
  }),
})

/** Gives up the encryption group: signed when its turn comes, with its number. */
const resetCommand = z.object({ kind: z.literal('reset') })

const people = z.array(z.string())

/** A new name or description of a group, base64: sealed under `key` when it is sent. */
const detailsCommand = z.object({
  kind: z.literal('details'),
  field: z.enum(['name', 'description']),
  text: z.string(),
  key: z.string(),
})

/**
 * The result for a user whom a command names. `added`: with devices. `without_device`: a member, who can read new
 * messages once the first device has joined. `unknown`: no such user exists, or the user was erased; the others
 * were added.
 */
export const personOutcome = z.enum(['added', 'without_device', 'unknown'])

/**
 * Changes the conversation's encryption group: its request is made when its turn comes, and stored before it is
 * sent. `begin`: in a conversation that has no group or had it reset. `renew`: another epoch, in which nobody joins
 * or leaves.
 */
const groupCommand = z.object({
  kind: z.literal('group'),
  change: z.discriminatedUnion('type', [
    z.object({
      type: z.literal('start'),
      recipientId: z.string().optional(),
      members: people,
      /** Base64, sealed under `key` when it is sent. */
      name: z.string().optional(),
      description: z.string().optional(),
      key: z.string().optional(),
    }),
    z.object({ type: z.literal('add'), userIds: people }),
    z.object({ type: z.literal('devices'), userIds: people }),
    z.object({ type: z.literal('role'), userId: z.string(), role }),
    z.object({ type: z.enum(['begin', 'removals', 'rejoin', 'renew']) }),
  ]),
  /** The SDK's own: nobody waits for it, and nobody is told when it fails. */
  quiet: z.boolean(),
  /** What became of the users that it names, once that is known. */
  users: z.record(z.string(), personOutcome).optional(),
})

const memberPath = /^\/conversations\/[^/]+\/members\/([^/]+)$/
/** As an older version has stored it, before changes of the members were signed. */
const asSigned = (stored: unknown): unknown => {
  const { data } = restCommand.safeParse(stored)
  const userId = data && memberPath.exec(data.path)?.[1]
  if (userId === undefined) return stored
  const of = { userId: decodeURIComponent(userId) }
  if (data?.method === 'DELETE') return { kind: 'member', change: { type: 'removed', ...of } }
  return { kind: 'group', change: { type: 'role', ...of, ...data?.body }, quiet: false }
}

export const failure = z.object({
  /** A version of the SDK that is older than the one that stored it does not know all of them. */
  code: z.enum(clientErrorCodes).catch('internal'),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})

/** A waiting command in its stored form. The predecessor is not stored: it follows from the chain. */
export const outboxEntry = z.object({
  conversationId: z.string(),
  clientSeq: z.int(),
  messageId: z.string(),
  command: z.preprocess(
    asSigned,
    z.discriminatedUnion('kind', [
      messageCommand,
      restCommand,
      memberCommand,
      detailsCommand,
      resetCommand,
      groupCommand,
    ]),
  ),
  /** Milliseconds since the Unix epoch; absent if an earlier version has stored it. */
  queuedAt: z.int().optional(),
  /** The caller may ask again, and must get the same answer. */
  asked: z.literal(true).optional(),
  /** Finally rejected: kept until the application was told. */
  failed: failure.optional(),
})

export type OutboxEntry = z.output<typeof outboxEntry>
export type Failure = NonNullable<OutboxEntry['failed']>
export type MessageCommand = z.output<typeof messageCommand>
export type RestCommand = z.output<typeof restCommand>
export type MemberCommand = z.output<typeof memberCommand>
export type DetailsCommand = z.output<typeof detailsCommand>
export type GroupCommand = z.output<typeof groupCommand>
export type PersonOutcome = z.output<typeof personOutcome>
export type GroupChange = GroupCommand['change']

/** Unique among the waiting entries. */
export const keyOf = ({ conversationId, clientSeq }: Pick<OutboxEntry, 'conversationId' | 'clientSeq'>): string =>
  `${conversationId}/${clientSeq}`

/** The SDK's own: nobody is told when it fails. */
export const isQuiet = ({ command }: OutboxEntry): boolean =>
  command.kind === 'group' ? command.quiet : command.kind === 'message' && command.control === true

/** The answer to a group command. */
export type CommandResult = Omit<SendResult, 'messageId' | 'seq'>
/** The answer to a command that names users, who may have been added or not. */
export interface PeopleResult extends CommandResult {
  readonly users: Readonly<Record<string, PersonOutcome>>
}
export type Accepted = CommandResult & Partial<Pick<SendResult, 'seq'> & Pick<PeopleResult, 'users'>>

export const withOutcomes = (result: Accepted, { command }: OutboxEntry): Accepted =>
  command.kind === 'group' && command.users !== undefined ? { ...result, users: command.users } : result
