import type { DeviceId, UserId } from '../ids.ts'

/**
 * Stream `receipts-<conversationId>`: watermarks, which the server makes from what devices confirmed in one window.
 * "User U, device D: delivered / read up to message `seq` at time T." An entry names only what has moved.
 */
export interface Watermark {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly delivered?: number
  readonly read?: number
  /** The reader has switched read receipts off: only the reader's own devices get `read`. Delivery is no secret. */
  readonly audience?: 'self'
}

export interface ReceiptsAdvanced {
  readonly type: 'ReceiptsAdvanced'
  readonly at: number
  readonly data: { readonly entries: readonly Watermark[] }
}

/** The device has used the Welcome of the conversation's event at `revision`, or no longer needs it. */
export interface WelcomeAcknowledged {
  readonly type: 'WelcomeAcknowledged'
  readonly at: number
  readonly data: { readonly userId: UserId; readonly deviceId: DeviceId; readonly revision: number }
}

export type ReceiptsEvent = ReceiptsAdvanced | WelcomeAcknowledged
export type ReceiptsEventType = ReceiptsEvent['type']
