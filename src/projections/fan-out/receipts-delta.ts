import { decodeReceiptsEvent } from '../../codec/receipts-codec.ts'
import { ifUnderstood } from '../../codec/undecodable-event.ts'
import type { Watermark } from '../../domain/receipts/receipts-events.ts'
import type { Receipt, ReceiptsDelta } from '../../ports/deltas.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { Roster } from './roster.ts'

interface Told {
  /** What the reader's own devices see. */
  readonly own: Receipt
  /** What others see; undefined when there is nothing for them. */
  readonly shared: Receipt | undefined
}

/** Where the watermarks moved. */
type Moved = Pick<ReceiptsDelta, 'conversationId' | 'position'>

const toldOf = (conversationId: string, { audience, ...entry }: Watermark, at: number): Told => {
  const own: Receipt = { conversationId, ...entry, at }
  if (audience === undefined) return { own, shared: own }
  const { read: _, ...shared } = own
  return { own, shared: shared.delivered === undefined ? undefined : shared }
}

/** The same for everybody concerned: the readers' own devices, and the recent senders who are still members. */
const sharedDelta = ({ conversationId, position }: Moved, roster: Roster, all: readonly Told[]): ReceiptsDelta => {
  const receipts = all.flatMap(({ shared }) => shared ?? [])
  const concerned = new Set([...roster.senders, ...receipts.map((receipt) => receipt.userId)])
  return { conversationId, position, audience: roster.audience.filter((userId) => concerned.has(userId)), receipts }
}

const ownDelta = ({ conversationId, position }: Moved, roster: Roster, { own }: Told): ReceiptsDelta => ({
  conversationId,
  position,
  audience: roster.audience.filter((userId) => userId === own.userId),
  receipts: [own],
})

/**
 * The users who are told of an event's watermarks, each with the part they see. Empty if the event moves no
 * watermark.
 */
export const receiptsDeltasOf = (
  conversationId: string,
  roster: Roster,
  recorded: RecordedEvent,
): readonly ReceiptsDelta[] => {
  // The views of a receipts stream stop at an event that they do not understand. The fan-out passes over it.
  const event = ifUnderstood(decodeReceiptsEvent, recorded)
  if (event?.type !== 'ReceiptsAdvanced') return []
  const moved = { conversationId, position: recorded.position }
  const told = event.data.entries.map((entry) => toldOf(conversationId, entry, recorded.at))
  const hidden = told.filter(({ own, shared }) => shared !== own)
  const deltas = [sharedDelta(moved, roster, told), ...hidden.map((one) => ownDelta(moved, roster, one))]
  return deltas.filter(({ audience, receipts }) => audience.length > 0 && receipts.length > 0)
}
