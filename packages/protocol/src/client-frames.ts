import { z } from 'zod'
import { proofLimits } from './device-proof.ts'
import { afterClientSeq, clientSeq, conversationId, deviceId, messageId, revision, seq, userId } from './ids.ts'
import { limits } from './limits.ts'

/** Frames from a client. Unknown fields are refused. `id`: a positive integer, answered exactly once [T3]. */
const id = z.int().min(1)
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'must be base64')
export const ciphertext = base64.min(1).max(limits.ciphertext)
/** A DPoP proof: see `device-proof.ts`. */
const proof = z.string().max(proofLimits.characters)
const clientText = z.string().max(limits.clientText)
const contentType = z
  .string()
  .regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'must be printable ASCII')
  .max(limits.contentType)
const mediaIds = z
  .array(
    z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/)
      .max(limits.mediaId),
  )
  .max(limits.mediaIds)

/** Whether somebody is at the device. A user is online while at least one device is active. */
export const deviceActivity = z.enum(['active', 'away'])

/** What a user is doing in a conversation before a message arrives. */
export const typingActivity = z.enum(['typing', 'recording', 'uploading'])

export const connect = z.strictObject({
  type: z.literal('connect'),
  id,
  deviceId,
  client: z.strictObject({ name: clientText, version: clientText, platform: clientText }),
  since: z.string().max(limits.checkpoint).optional(),
  proof: proof.optional().describe('For a device with a key: its answer to the challenge [C1].'),
  activity: deviceActivity.optional().describe('As in `set_activity` [M7]; default: active.'),
})

export const reauth = z.strictObject({
  type: z.literal('reauth'),
  id,
  token: z.string().max(limits.token),
  proof: proof.optional().describe('For a device with a key: its answer to the challenge, for the new token.'),
})

export const sync = z.strictObject({
  type: z.literal('sync'),
  id,
  since: z.string().max(limits.checkpoint),
  limit: z.int().min(1).max(limits.syncPage.maximum).optional(),
})

export const relatesTo = z.strictObject({
  messageId,
  revision,
  kind: z.enum(['edit', 'delete', 'reaction', 'reply']),
})

/**
 * The fields that `send_message` and `POST /messages` share. Exactly one of conversationId and recipientId; no
 * ciphertext in a deletion.
 */
const message = z.strictObject({
  conversationId: conversationId.optional(),
  recipientId: userId.optional(),
  messageId,
  clientSeq,
  afterClientSeq,
  ciphertext: ciphertext.optional(),
  contentType: contentType.optional(),
  relatesTo: relatesTo.optional(),
  mediaIds: mediaIds.optional(),
  sentAt: z.int().min(0).optional(),
  control: z.literal(true).optional().describe('A message to devices [M8]: it has no number and is in no history.'),
})

type Fields = z.output<typeof message>
type Addressed = Pick<Fields, 'conversationId' | 'recipientId'>

const oneAddress = (frame: Addressed) => (frame.conversationId === undefined) !== (frame.recipientId === undefined)
const bodyFits = (frame: Pick<Fields, 'ciphertext' | 'relatesTo'>) =>
  (frame.ciphertext === undefined) === (frame.relatesTo?.kind === 'delete')
const controlFits = ({ control, contentType, relatesTo, mediaIds }: Fields) =>
  control === undefined || (contentType ?? relatesTo ?? mediaIds) === undefined

const reactionFits = ({ ciphertext, relatesTo }: Pick<Fields, 'ciphertext' | 'relatesTo'>) =>
  relatesTo?.kind !== 'reaction' || (ciphertext?.length ?? 0) <= limits.reaction

const rules = [
  [oneAddress, { path: ['conversationId'], message: 'exactly one of conversationId and recipientId is needed' }],
  [bodyFits, { path: ['ciphertext'], message: 'is needed, except in a deletion, which has none' }],
  [reactionFits, { path: ['ciphertext'], message: `of a reaction has at most ${limits.reaction} characters` }],
  [controlFits, { path: ['control'], message: 'has no contentType, no mediaIds, and relates to nothing' }],
] as const

const ruled = <Shape extends z.ZodType<Fields>>(schema: Shape): Shape =>
  rules.reduce((all, [rule, issue]) => all.refine(rule, { ...issue, path: [...issue.path] }), schema)

export const messageBody = ruled(message)
export const sendMessage = ruled(message.extend({ type: z.literal('send_message'), id }))

export const messageAck = z.strictObject({
  type: z.literal('message_ack'),
  id: id.optional(),
  conversationId,
  upToSeq: seq,
  status: z.enum(['delivered', 'read']),
})

export const typingIndicator = z.strictObject({
  type: z.literal('typing_indicator'),
  id: id.optional(),
  conversationId,
  typing: z.boolean(),
  activity: typingActivity.optional().describe('What the user is doing; default: typing.'),
})

const watchedIds = z.array(userId).min(1).max(limits.watchedPerFrame)

export const presenceSubscribe = z.strictObject({
  type: z.literal('presence_subscribe'),
  id: id.optional(),
  userIds: watchedIds,
})

export const presenceUnsubscribe = z.strictObject({
  type: z.literal('presence_unsubscribe'),
  id: id.optional(),
  userIds: watchedIds,
})

export const setActivity = z.strictObject({
  type: z.literal('set_activity'),
  id: id.optional(),
  activity: deviceActivity,
})

export const clientFrame = z.discriminatedUnion('type', [
  connect,
  reauth,
  sync,
  sendMessage,
  messageAck,
  typingIndicator,
  presenceSubscribe,
  presenceUnsubscribe,
  setActivity,
])

export type ClientFrame = z.output<typeof clientFrame>
export type ClientFrameType = ClientFrame['type']
export type ConnectFrame = z.output<typeof connect>
export type SendMessageFrame = z.output<typeof sendMessage>
export type MessageBody = z.output<typeof messageBody>
export type MessageAckFrame = z.output<typeof messageAck>
export type DeviceActivity = z.output<typeof deviceActivity>
export type TypingActivity = z.output<typeof typingActivity>
export const clientFrameTypes: ReadonlySet<string> = new Set<ClientFrameType>([
  'connect',
  'reauth',
  'sync',
  'send_message',
  'message_ack',
  'typing_indicator',
  'presence_subscribe',
  'presence_unsubscribe',
  'set_activity',
])
