import { decodeReceiptsEvent } from '../../codec/receipts-codec.ts'
import type { Receipt, ReceiptsDelta } from '../../ports/deltas.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { Roster } from './roster.ts'

/** Watermarks go to the readers' own devices and to those who wrote lately, as far as they are still members. */
export const receiptsDeltaOf = (
  conversationId: string,
  roster: Roster,
  recorded: RecordedEvent,
): ReceiptsDelta | undefined => {
  const event = decodeReceiptsEvent(recorded)
  if (event.type !== 'ReceiptsAdvanced') return undefined
  const receipts = event.data.entries.map((entry): Receipt => ({ conversationId, ...entry, at: recorded.at }))
  const concerned = new Set([...roster.senders, ...receipts.map((receipt) => receipt.userId)])
  const audience = roster.audience.filter((userId) => concerned.has(userId))
  return audience.length === 0 ? undefined : { conversationId, audience, receipts }
}
