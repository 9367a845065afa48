import { toBase64 } from '../encoding/base64.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Attachment } from './attachment.ts'
import { type Mention, mentions, mostForwards } from './content-marks.ts'
import type { About, Content, ControlContent } from './message-content.ts'
import { encodeContent } from './message-content.ts'
import { type Poll, poll, vote } from './poll.ts'

export interface WithMentions {
  /** The people whom the text names. They are shown as mentions if they are members of the conversation. */
  readonly mentions?: readonly Mention[]
}

/** What a caller sends: a text, a text with files, a poll, or the application's own bytes. */
export type Outgoing =
  | Uint8Array
  | ({ readonly text: string } & WithMentions)
  | ({ readonly text?: string; readonly attachments: readonly Attachment[] } & WithMentions)
  | { readonly poll: Poll }

/** An emoji, or the application's own bytes. */
export type OutgoingReaction = Uint8Array | { readonly emoji: string }

type TextType = 'text' | 'reply' | 'edit'

const invalid = (field: string, reason: string) => new BackscrollError('invalid', { details: { field, reason } })

const pollOf = (type: TextType, given: Poll): Content => {
  const { data } = poll.safeParse(given)
  if (type === 'edit' || data === undefined)
    throw invalid('poll', type === 'edit' ? 'cannot be edited' : 'needs a question and 2 to 20 options')
  return { type: 'poll', body: data }
}

export const mentionsIn = ({ mentions: given = [] }: WithMentions): WithMentions & { mentions?: Mention[] } => {
  const { data } = mentions.safeParse(given)
  if (data === undefined) throw invalid('mentions', 'names at most 64 people by userId, start and length')
  return data.length === 0 ? {} : { mentions: data }
}

export const contentOf = (type: TextType, outgoing: Outgoing): Content => {
  if (outgoing instanceof Uint8Array) return { type: 'bytes', body: { bytes: toBase64(outgoing) } }
  if ('poll' in outgoing) return pollOf(type, outgoing.poll)
  const marks = mentionsIn(outgoing)
  if (!('attachments' in outgoing)) return { type, body: { text: outgoing.text, ...marks } }
  const { text, attachments } = outgoing
  return { type: 'attachment', body: { attachments: [...attachments], ...(text !== undefined && { text }), ...marks } }
}

export const reactionOf = (outgoing: OutgoingReaction): Content =>
  outgoing instanceof Uint8Array
    ? { type: 'bytes', body: { bytes: toBase64(outgoing) } }
    : { type: 'reaction', body: { emoji: outgoing.emoji } }

export const voteOf = (options: readonly number[]): Content => {
  const { data } = vote.safeParse({ options: [...new Set(options)] })
  if (data === undefined) throw invalid('options', 'must be places of options, from 0 on')
  return { type: 'vote', body: data }
}

const onceMore = (forwarded = 0): number => Math.min(mostForwards, forwarded + 1)

/** The same content for another conversation. Its mentions name people of the first one, so they stay behind. */
export const forwardedOf = (content: Content | undefined): Content => {
  switch (content?.type) {
    case 'text':
    case 'reply':
    case 'edit': {
      const { text, forwarded } = content.body
      return { type: 'text', body: { text, forwarded: onceMore(forwarded) } }
    }
    case 'attachment': {
      const { mentions: _theirs, forwarded, ...body } = content.body
      return { type: 'attachment', body: { ...body, forwarded: onceMore(forwarded) } }
    }
    case 'bytes': {
      const { bytes, forwarded } = content.body
      return { type: 'bytes', body: { bytes, forwarded: onceMore(forwarded) } }
    }
    default:
      throw invalid('content', 'is not a text, files or bytes that this device can read')
  }
}

/** The envelope that is sealed, base64. */
export const envelopeOf = (about: About, content: Content | ControlContent): string =>
  toBase64(encodeContent(about, content))
