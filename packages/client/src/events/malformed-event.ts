import { faultOf } from '@backscroll/protocol/conversation-events'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { WarningClientEvent } from './client-events.ts'

/** Refuses an event of a known type whose data does not match the type; undefined for all others. */
export const refusalOf = (event: WireEvent): WarningClientEvent | undefined => {
  const field = event.stream.kind === 'conversation' ? faultOf(event) : undefined
  if (field === undefined) return undefined
  const { stream, revision, type } = event
  return { type: 'warning', code: 'malformed', conversationId: stream.id, revision, details: { type, field } }
}
