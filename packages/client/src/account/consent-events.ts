import { markChange } from '@backscroll/protocol/rest/marks'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import type { AccountChange, RequestClientEvent } from '../events/client-events.ts'

const requested = z.object({ conversationId: z.string(), kind: z.enum(['direct', 'group']), by: z.string() })
const settled = z.object({ conversationId: z.string(), outcome: z.enum(['accepted', 'declined', 'withdrawn']) })
const other = z.object({ userId: z.string() })
const marked = markChange.extend({ conversationId: z.string() })
const unstarred = z.object({ conversationId: z.string(), messageId: z.string() })
const starred = unstarred.extend({ seq: z.int() })
const ofOthers = { UserBlocked: 'blocked', UserUnblocked: 'unblocked' } as const

/** The request that an event of this user's own stream reports. Undefined for all other events. */
export const requestOf = ({ type, data, revision, at }: WireEvent): RequestClientEvent | undefined => {
  const place = { type: 'request' as const, revision, at }
  const asked = type === 'ConversationRequested' ? requested.safeParse(data).data : undefined
  if (asked !== undefined) {
    const { by: from, ...rest } = asked
    return { ...place, state: 'waiting', from, ...rest }
  }
  const answer = type === 'RequestSettled' ? settled.safeParse(data).data : undefined
  if (answer === undefined) return undefined
  const { conversationId, outcome } = answer
  return { ...place, state: outcome, conversationId, from: undefined, kind: undefined }
}

const marksOf = (data: unknown): AccountChange | undefined => {
  const { conversationId, ...marks } = marked.safeParse(data).data ?? { conversationId: undefined }
  return conversationId === undefined ? undefined : { type: 'marked', conversationId, marks }
}

const starOf = (type: string, data: unknown): AccountChange | undefined => {
  if (type === 'MessageStarred') {
    const star = starred.safeParse(data).data
    return star && { type: 'starred', ...star }
  }
  const star = unstarred.safeParse(data).data
  return star && { type: 'unstarred', ...star }
}

/** The change of a block, of the consent setting, of marks or of stars that an event reports. */
export const wishOf = ({ type, data }: WireEvent): AccountChange | undefined => {
  if (type === 'ConversationMarked') return marksOf(data)
  if (type === 'MessageStarred' || type === 'MessageUnstarred') return starOf(type, data)
  if (type === 'ConsentChanged') return { type: 'consent_changed' }
  const { userId } = other.safeParse(data).data ?? {}
  if (userId === undefined || !Object.hasOwn(ofOthers, type)) return undefined
  return { type: ofOthers[type as keyof typeof ofOthers], userId }
}
