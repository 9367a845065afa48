import { identityStatement } from '@backscroll/protocol/identity-statements'
import { userId } from '@backscroll/protocol/ids'
import { z } from 'zod'
import { type Bytes, fromUtf8, utf8 } from '../encoding/bytes.ts'
import { attachment } from './attachment.ts'
import { forwardedMark, textMarks } from './content-marks.ts'
import { joinControls } from './join-controls.ts'
import { poll, vote } from './poll.ts'

const text = z.object({ text: z.string(), ...textMarks })

/** Version 1. The kinds of a message and what they hold. */
const bodies = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), body: text }),
  z.object({ type: z.literal('reply'), body: text }),
  z.object({ type: z.literal('edit'), body: text }),
  z.object({ type: z.literal('reaction'), body: z.object({ emoji: z.string() }) }),
  z.object({
    type: z.literal('attachment'),
    body: z.object({ text: z.string().optional(), attachments: z.array(attachment).min(1), ...textMarks }),
  }),
  /** The application's own bytes, base64. */
  z.object({ type: z.literal('bytes'), body: z.object({ bytes: z.base64(), ...forwardedMark }) }),
  z.object({ type: z.literal('poll'), body: poll }),
  /** Sent as a reaction to a poll. */
  z.object({ type: z.literal('vote'), body: vote }),
  /** Sent as an edit of a poll. */
  z.object({ type: z.literal('poll_closed'), body: z.object({}) }),
])

export type Content = z.output<typeof bodies>

const device = z.object({ userId: z.string(), deviceId: z.string() })

/** What a user says about the own person. */
export const profileBody = z.object({
  /** Null: none, or none any more. */
  name: z.string().max(256).nullable(),
  /** Grows with each change; about milliseconds since the Unix epoch. */
  number: z.int().min(1),
})

export type ProfileBody = z.output<typeof profileBody>

/**
 * From device to device. `details`: the keys of the group's name and description, base64 of 32 bytes each.
 * `resend`: its sender could not read these messages of `to`, and has made a key for the answers. `resent`: one of
 * them, for `to` alone. `identity`: what a user has signed about the user's own devices and key, so that no server
 * can keep it from the conversation. `profile`: what the sender's user says about the own person.
 */
const controls = z.discriminatedUnion('type', [
  z.object({ type: z.literal('details'), body: z.object({ keys: z.array(z.base64().length(44)).min(1).max(16) }) }),
  z.object({
    type: z.literal('resend'),
    body: z.object({
      to: device,
      key: z.base64().length(44),
      messages: z
        .array(z.object({ messageId: z.string(), revision: z.int() }))
        .min(1)
        .max(32),
    }),
  }),
  z.object({
    type: z.literal('resent'),
    body: z.object({ to: device, messageId: z.string(), revision: z.int(), sealed: z.base64() }),
  }),
  z.object({
    type: z.literal('identity'),
    body: z.object({ userId, statements: z.array(identityStatement).min(1).max(64) }),
  }),
  z.object({ type: z.literal('profile'), body: profileBody }),
  ...joinControls,
])

export type ControlContent = z.output<typeof controls>

const about = z.object({
  messageId: z.string(),
  contentType: z.string().optional(),
  relatesTo: z
    .object({ messageId: z.string(), revision: z.int(), kind: z.enum(['edit', 'reaction', 'reply']) })
    .optional(),
  /** For devices, not for people. */
  control: z.literal(true).optional(),
})

/** What the server also sees and could change: it is repeated inside the encryption and in the authenticated data. */
export type About = z.output<typeof about>

/** Newer clients may send kinds that this one does not know: that is not an error. */
export type ReadContent =
  | { readonly known: true; readonly about: About; readonly content: Content }
  | { readonly known: false; readonly about: About; readonly type: string }

const canonical = ({ messageId, contentType, relatesTo, control }: About): About => ({
  messageId,
  ...(contentType !== undefined && { contentType }),
  ...(relatesTo && {
    relatesTo: { messageId: relatesTo.messageId, revision: relatesTo.revision, kind: relatesTo.kind },
  }),
  ...(control && { control }),
})

export const encodeContent = (of: About, { type, body }: Content | ControlContent): Bytes =>
  utf8(JSON.stringify({ v: 1, type, ...canonical(of), body }))

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return undefined
  }
}

const envelope = about.extend({ v: z.int(), type: z.string(), body: z.unknown() })

/** `undefined` for bytes that are not an envelope of any version. */
export const decodeContent = (plaintext: Uint8Array): ReadContent | undefined => {
  const parsed = envelope.safeParse(parseJson(plaintext))
  if (!parsed.success) return undefined
  const { v, type, body } = parsed.data
  const content = v === 1 ? bodies.safeParse({ type, body }) : undefined
  const of = canonical(parsed.data)
  return content?.success ? { known: true, about: of, content: content.data } : { known: false, about: of, type }
}

/** `undefined` for anything else, and for a kind that this version does not know. */
export const decodeControl = (plaintext: Uint8Array): ControlContent | undefined => {
  const parsed = envelope.safeParse(parseJson(plaintext))
  if (!parsed.success || parsed.data.v !== 1 || !parsed.data.control) return undefined
  const { type, body } = parsed.data
  return controls.safeParse({ type, body }).data
}

/** The MLS authenticated data of a message: not secret, but bound to it. */
export const encodeAad = (of: About): Bytes => utf8(JSON.stringify({ v: 1, ...canonical(of) }))

export const decodeAad = (aad: Uint8Array): About | undefined => {
  const parsed = about.safeParse(parseJson(aad))
  return parsed.success ? canonical(parsed.data) : undefined
}
