import { accepted, type Decision } from '../decision.ts'
import { type Rejection, rejection } from '../rejection.ts'
import type { ReceiptsAdvanced, Watermark, WelcomeAcknowledged } from './receipts-events.ts'
import { advance, type DeviceWatermark, nothing, type ReceiptsState, watermarkKey } from './receipts-state.ts'

/**
 * Why a device may not confirm this, or undefined. Checked when the confirmation arrives: message numbers only
 * grow, so a confirmation that passed once still passes when its window is decided.
 */
export const refuseWatermark = (
  { delivered = 0, read = 0 }: Pick<Watermark, 'delivered' | 'read'>,
  lastSeq: number,
): Rejection | undefined =>
  Math.max(delivered, read) > lastSeq
    ? rejection('beyond_last_seq', 'the conversation has no message with this number yet', { last: lastSeq })
    : undefined

interface Movement {
  readonly device: Pick<Watermark, 'userId' | 'deviceId'>
  readonly before: DeviceWatermark
  readonly after: DeviceWatermark
  readonly audience: Watermark['audience']
}

/** One movement for each device, in order of its first confirmation. */
const movements = (state: ReceiptsState, entries: readonly Watermark[]): Iterable<Movement> => {
  const moved = new Map<string, Movement>()
  for (const entry of entries) {
    const key = watermarkKey(entry)
    const before = state.watermarks.get(key) ?? nothing
    const earlier = moved.get(key)
    const after = advance(earlier?.after ?? before, entry)
    const audience = earlier?.audience ?? entry.audience
    moved.set(key, { device: { userId: entry.userId, deviceId: entry.deviceId }, before, after, audience })
  }
  return moved.values()
}

const asEntry = ({ device, before, after, audience }: Movement): Watermark => ({
  ...device,
  ...(after.delivered > before.delivered && { delivered: after.delivered }),
  ...(after.read > before.read && { read: after.read }),
  ...(after.read > before.read && audience !== undefined && { audience }),
})

const advances = ({ before, after }: Movement): boolean =>
  after.delivered > before.delivered || after.read > before.read

/**
 * Decides one window of confirmations: at most one event, with one entry for each device that advanced; none if no
 * device did. Rejected as a whole with `beyond_last_seq` (`details.last`) if any entry names a message that does
 * not exist.
 */
export const decideReceipts = (
  state: ReceiptsState,
  entries: readonly Watermark[],
  lastSeq: number,
  at: number,
): Decision<ReceiptsAdvanced> => {
  for (const entry of entries) {
    const refused = refuseWatermark(entry, lastSeq)
    if (refused !== undefined) return { kind: 'rejected', rejection: refused }
  }
  const advanced = [...movements(state, entries)].filter(advances).map(asEntry)
  return advanced.length === 0 ? accepted() : accepted({ type: 'ReceiptsAdvanced', at, data: { entries: advanced } })
}

/** One event, or none if this Welcome or a later one was acknowledged before. */
export const decideWelcome = (
  { welcomes }: Pick<ReceiptsState, 'welcomes'>,
  { userId, deviceId, revision }: WelcomeAcknowledged['data'],
  at: number,
): Decision<WelcomeAcknowledged> =>
  (welcomes.get(watermarkKey({ userId, deviceId })) ?? -1) >= revision
    ? accepted()
    : accepted({ type: 'WelcomeAcknowledged', at, data: { userId, deviceId, revision } })
