import { z } from 'zod'
import { typingActivity } from './client-frames.ts'
import { errorCodes } from './errors.ts'
import { presence } from './presence.ts'

/** Frames from the server. A client ignores fields and push types that it does not know: the server may be newer. */
const id = z.int().min(1)

/** [C5] `position` and checkpoints are opaque. */
export const wireEvent = z.object({
  stream: z.object({ kind: z.enum(['conversation', 'user']), id: z.string() }),
  revision: z.int().min(0),
  position: z.string(),
  type: z.string(),
  /** Server time, milliseconds since the Unix epoch. */
  at: z.int(),
  actor: z.object({ userId: z.string(), deviceId: z.string() }),
  /** The event's data; a message also has `ciphertext`, or null where it was deleted or has expired. */
  data: z.record(z.string(), z.unknown()),
})

/** The newest watermarks of one device in one conversation. */
export const receipt = z.object({
  conversationId: z.string(),
  userId: z.string(),
  deviceId: z.string(),
  delivered: z.int().optional(),
  read: z.int().optional(),
  at: z.int(),
})

export const sendResult = z.object({
  messageId: z.string(),
  conversationId: z.string(),
  /** The number of a new message; for an edit, deletion or reaction the number of its target. */
  seq: z.int(),
  revision: z.int(),
  position: z.string(),
  acceptedAt: z.int(),
  duplicate: z.boolean(),
})

export const connectResult = z.object({
  sessionId: z.string(),
  userId: z.string(),
  deviceId: z.string(),
  heartbeatMs: z.int(),
  maxFrameBytes: z.int(),
  maxInFlight: z.int(),
  /** Frames a second that one connection may send in the long run, and in a burst. */
  rates: z.object({ framesPerSecond: z.int(), burst: z.int() }),
  serverTime: z.int(),
  recovered: z.boolean(),
})

/** The answer to `reauth`: when the new token expires, milliseconds since the Unix epoch. */
export const reauthResult = z.object({ expiresAt: z.number() })

/** The answer to `presence_subscribe`: the presence of these users now [M7]. */
export const presenceResult = z.object({ presences: z.array(presence) })

/** The answer to a frame when there is nothing to tell. */
export const doneResult = z.object({})

export const syncPage = z.object({
  events: z.array(wireEvent),
  receipts: z.array(receipt),
  checkpoint: z.string(),
  more: z.boolean(),
  /** Event logs that do not answer: the checkpoint is unchanged for what they hold. */
  degraded: z.array(z.string()).optional(),
})

/** The first frame of every connection: the challenge that a device with a key has to answer in `connect` [C1]. */
export const challenge = z.object({ type: z.literal('challenge'), challenge: z.string() })
export const reply = z.object({ type: z.literal('reply'), id, result: z.unknown() })
export const error = z.object({
  type: z.literal('error'),
  id: id.optional(),
  code: z.enum(errorCodes),
  message: z.string(),
  temporary: z.boolean(),
  retryAfterMs: z.int().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})
export const events = z.object({
  type: z.literal('events'),
  events: z.array(wireEvent),
  receipts: z.array(receipt).optional(),
  /** Only in pages of a resume. */
  checkpoint: z.string().optional(),
})
export const caughtUp = z.object({
  type: z.literal('caught_up'),
  checkpoint: z.string(),
  degraded: z.array(z.string()).optional(),
})
export const heartbeat = z.object({ type: z.literal('heartbeat'), checkpoint: z.string().optional() })
export const resyncNeeded = z.object({ type: z.literal('resync_needed') })
export const typing = z.object({
  type: z.literal('typing_indicator'),
  conversationId: z.string(),
  userId: z.string(),
  deviceId: z.string(),
  typing: z.boolean(),
  /** Undefined: `typing`. A client treats an unknown activity as `typing`, too. */
  activity: typingActivity.optional().catch(undefined),
})
/** Changes of watched users' presence [M7]. */
export const presenceChanges = z.object({ type: z.literal('presence'), presences: z.array(presence) })

export const serverFrame = z.discriminatedUnion('type', [
  challenge,
  reply,
  error,
  events,
  caughtUp,
  heartbeat,
  resyncNeeded,
  typing,
  presenceChanges,
])

export type ServerFrame = z.output<typeof serverFrame>
export type WireEvent = z.output<typeof wireEvent>
export type Receipt = z.output<typeof receipt>
export type SendResult = z.output<typeof sendResult>
export type ConnectResult = z.output<typeof connectResult>
export type SyncPage = z.output<typeof syncPage>
export type ErrorFrame = z.output<typeof error>
