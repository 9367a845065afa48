import type { PushKind } from './identity/push-records.ts'

/** How a device is woken. This is a secret, because it allows sending to the device, or at least recognising it. */
export type PushTarget =
  | { readonly kind: 'fcm'; readonly token: string }
  | {
      readonly kind: 'webpush'
      readonly endpoint: string
      /** Base64url: the subscription's public key (P-256, uncompressed) and its secret of 16 bytes. */
      readonly keys: { readonly p256dh: string; readonly auth: string }
    }
  /** The operator's own service, for users who have no device with a target. */
  | { readonly kind: 'webhook' }

/**
 * Tells a device that something waits. A wake-up does not say what, so the service that carries it learns no
 * content.
 */
export interface Wake {
  /** The same for every repetition of a wake-up. */
  readonly id: string
  readonly userId: string
  readonly target: PushTarget
}

/**
 * `sent`: the service accepted the wake-up. `gone`: the target is dead for ever. `refused`: the service did not
 * accept it, but may do so later. `unsure`: it is unknown whether the service accepted it.
 */
export type WakeOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'gone'; readonly code: string }
  | { readonly kind: 'refused'; readonly code: string; readonly retryAfterMs?: number }
  | { readonly kind: 'unsure'; readonly code: string }

/**
 * Wakes devices through one kind of service.
 *
 * Guarantees of every adapter, which `test/contract/push/push-service.suite.ts` attacks:
 * - There is one outcome for each wake-up, in the same order. The call never rejects and resolves in a limited time.
 * - A wake-up that fails does not affect the others.
 * - Only the target and the id leave the process. The operator's own service also gets the user id.
 * - Codes come from a closed list of each adapter, in plain ASCII, because they become labels of metrics.
 */
export interface PushService {
  readonly kind: PushKind
  wake(wakes: readonly Wake[]): Promise<readonly WakeOutcome[]>
  close(): Promise<void>
}
