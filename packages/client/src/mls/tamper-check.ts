import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import { type About, decodeAad } from '../content/message-content.ts'
import type { Decrypted } from './message-encryption.ts'

type TamperedField = 'form' | 'conversation' | 'sender' | 'messageId' | 'relatesTo' | 'contentType' | 'control'

/** The server stated something about a message that its sender did not say. */
export type TamperCheck =
  | { readonly ok: true; readonly about: About }
  | { readonly ok: false; readonly field: TamperedField; readonly told: string; readonly sealed: string }

const target = z.object({ messageId: z.string(), revision: z.int() })

/** The parts of the server's event that the message repeats inside. */
const eventData = z.object({
  messageId: z.string(),
  contentType: z.string().optional(),
  replyTo: target.optional(),
  target: target.optional(),
})

const kinds: Readonly<Record<string, 'edit' | 'reaction'>> = { MessageEdited: 'edit', MessageReacted: 'reaction' }

const relationText = (relation: About['relatesTo']): string =>
  relation === undefined ? '' : `${relation.kind} ${relation.messageId} ${relation.revision}`

const toldRelation = ({ type, data }: WireEvent): string => {
  const { replyTo, target: to } = eventData.parse(data)
  const kind = kinds[type]
  if (kind !== undefined) return to === undefined ? kind : relationText({ ...to, kind })
  return relationText(replyTo && { ...replyTo, kind: 'reply' })
}

const compare = (event: WireEvent, about: About, message: Pick<Decrypted, 'sender'>, groupConversation: string) => {
  const { messageId, contentType } = eventData.parse(event.data)
  const { userId, deviceId } = message.sender
  return [
    { field: 'conversation', told: event.stream.id, sealed: groupConversation },
    { field: 'sender', told: `${event.actor.userId}/${event.actor.deviceId}`, sealed: `${userId}/${deviceId}` },
    { field: 'messageId', told: messageId, sealed: about.messageId },
    { field: 'relatesTo', told: toldRelation(event), sealed: relationText(about.relatesTo) },
    { field: 'contentType', told: contentType ?? '', sealed: about.contentType ?? '' },
    { field: 'control', told: String(event.type === 'ControlSent'), sealed: String(about.control === true) },
  ] as const
}

/** The group id is the conversation's id, or `<id>/<generation>`. */
const conversationOf = (groupId: string): string => groupId.split('/', 1)[0] ?? ''

/**
 * Compares what a message says about itself, under its sender's signature, with what the server says about it.
 * `groupId`: the group that decrypted it.
 */
export const checkAgainst = (
  event: WireEvent,
  message: Pick<Decrypted, 'aad' | 'sender'>,
  groupId: string,
): TamperCheck => {
  const about = decodeAad(message.aad)
  if (about === undefined || !eventData.safeParse(event.data).success)
    return { ok: false, field: 'form', told: event.type, sealed: '' }
  const difference = compare(event, about, message, conversationOf(groupId)).find(({ told, sealed }) => told !== sealed)
  return difference === undefined ? { ok: true, about } : { ok: false, ...difference }
}
