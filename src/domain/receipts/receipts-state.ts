import type { DeviceId, UserId } from '../ids.ts'
import type { ReceiptsEvent, Watermark } from './receipts-events.ts'

/** How far one device has come: message numbers, 0 if none. `read` never exceeds `delivered`. */
export interface DeviceWatermark {
  readonly delivered: number
  readonly read: number
}

export interface ReceiptsState {
  /** The revision of the last event; -1 before the first. */
  revision: number
  /** By `watermarkKey`: one entry for each device that ever confirmed something. */
  readonly watermarks: Map<string, DeviceWatermark>
  /** By `watermarkKey`: the revision of the last Welcome that each device acknowledged. */
  readonly welcomes: Map<string, number>
}

export const nothing: DeviceWatermark = { delivered: 0, read: 0 }

export const initialReceipts = (): ReceiptsState => ({ revision: -1, watermarks: new Map(), welcomes: new Map() })

/** Ids hold no slash, so the key is unambiguous. */
export const watermarkKey = (device: { readonly userId: UserId; readonly deviceId: DeviceId }): string =>
  `${device.userId}/${device.deviceId}`

/** Both only grow, and `read` implies `delivered`. */
export const advance = (before: DeviceWatermark, { delivered = 0, read = 0 }: Watermark): DeviceWatermark => ({
  delivered: Math.max(before.delivered, delivered, read),
  read: Math.max(before.read, read),
})

/** Folds the stream's next event. Owns `state` and changes it in place, like a conversation's `evolve`. */
export const evolveReceipts = (state: ReceiptsState, event: ReceiptsEvent): ReceiptsState => {
  state.revision += 1
  if (event.type === 'WelcomeAcknowledged') {
    state.welcomes.set(watermarkKey(event.data), event.data.revision)
    return state
  }
  for (const entry of event.data.entries) {
    const key = watermarkKey(entry)
    state.watermarks.set(key, advance(state.watermarks.get(key) ?? nothing, entry))
  }
  return state
}
