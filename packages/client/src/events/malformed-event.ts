import { faultOf } from '@backscroll/protocol/conversation-events'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { WarningClientEvent } from './client-events.ts'

/** Data of events lies a few levels deep. What walks through it may call itself. */
const deepest = 50

/** It does not call itself: an event may be nested as deep as it is long. */
const isTooDeep = (data: unknown): boolean => {
  let level: readonly unknown[] = [data]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return true
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}

const faultIn = (event: WireEvent): string | undefined => faultOf(event) ?? (isTooDeep(event.data) ? '' : undefined)

/** Refuses an event of a known type whose data does not match the type, and one that is nested too deep. */
export const refusalOf = (event: WireEvent): WarningClientEvent | undefined => {
  const field = event.stream.kind === 'conversation' ? faultIn(event) : undefined
  if (field === undefined) return undefined
  const { stream, revision, type } = event
  return { type: 'warning', code: 'malformed', conversationId: stream.id, revision, details: { type, field } }
}
