import type { DeviceId, UserId } from '../ids.ts'

/**
 * Stream `receipts-<conversationId>`: watermarks, made by the server from what devices confirmed in one window.
 * "User U, device D: delivered / read up to message `seq` at time T." An entry names only what has moved.
 */
export interface Watermark {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly delivered?: number
  readonly read?: number
  /** `read` is for the reader's own devices alone, who has switched read receipts off. That it was delivered is no secret. */
  readonly audience?: 'self'
}

export interface ReceiptsAdvanced {
  readonly type: 'ReceiptsAdvanced'
  readonly at: number
  readonly data: { readonly entries: readonly Watermark[] }
}

/** The device has used the Welcome of the conversation's event at `revision`, or needs it no more. */
export interface WelcomeAcknowledged {
  readonly type: 'WelcomeAcknowledged'
  readonly at: number
  readonly data: { readonly userId: UserId; readonly deviceId: DeviceId; readonly revision: number }
}

export type ReceiptsEvent = ReceiptsAdvanced | WelcomeAcknowledged
