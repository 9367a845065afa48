import { toBase64 } from '../encoding/base64.ts'
import type { About, Attachment, Content, ControlContent } from './message-content.ts'
import { encodeContent } from './message-content.ts'

/** What a caller sends: a text, a text with files, or the application's own bytes. */
export type Outgoing =
  | Uint8Array
  | { readonly text: string }
  | { readonly text?: string; readonly attachments: readonly Attachment[] }

/** An emoji, or the application's own bytes. */
export type OutgoingReaction = Uint8Array | { readonly emoji: string }

type TextType = 'text' | 'reply' | 'edit'

export const contentOf = (type: TextType, outgoing: Outgoing): Content => {
  if (outgoing instanceof Uint8Array) return { type: 'bytes', body: { bytes: toBase64(outgoing) } }
  if (!('attachments' in outgoing)) return { type, body: { text: outgoing.text } }
  const { text, attachments } = outgoing
  return { type: 'attachment', body: { attachments: [...attachments], ...(text !== undefined && { text }) } }
}

export const reactionOf = (outgoing: OutgoingReaction): Content =>
  outgoing instanceof Uint8Array
    ? { type: 'bytes', body: { bytes: toBase64(outgoing) } }
    : { type: 'reaction', body: { emoji: outgoing.emoji } }

/** The envelope that is sealed, base64. */
export const envelopeOf = (about: About, content: Content | ControlContent): string =>
  toBase64(encodeContent(about, content))
