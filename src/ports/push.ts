import type { PushKind } from './identity/push-records.ts'

/** How a device is woken. A secret: whoever has it may send to the device, or at least knows it again. */
export type PushTarget =
  | { readonly kind: 'fcm'; readonly token: string }
  | {
      readonly kind: 'webpush'
      readonly endpoint: string
      /** Base64url: the subscription's public key (P-256, uncompressed) and its secret of 16 bytes. */
      readonly keys: { readonly p256dh: string; readonly auth: string }
    }
  /** The operator's own service: for users none of whose devices has a target. */
  | { readonly kind: 'webhook' }

/** Something waits for a user. A wake-up does not say what, so the service that carries it learns no content. */
export interface Wake {
  /** The same when the same wake-up is tried again. */
  readonly id: string
  readonly userId: string
  readonly target: PushTarget
}

/**
 * `sent`: the service has taken it. `gone`: the target is dead, for ever. `refused`: the service has certainly not taken
 * it, and may later. `unsure`: nobody knows whether it has.
 */
export type WakeOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'gone'; readonly code: string }
  | { readonly kind: 'refused'; readonly code: string; readonly retryAfterMs?: number }
  | { readonly kind: 'unsure'; readonly code: string }

/**
 * Wakes devices through one kind of service.
 *
 * Guarantees that every adapter gives, and `test/contract/push/push-service.suite.ts` attacks:
 * - One outcome for each wake-up, in their order; it never rejects, and it answers within a limited time.
 * - A wake-up that fails takes no other one with it.
 * - Nothing but the target and the id leaves the process, and to the operator's own service the user id.
 * - Codes are from a closed list of each adapter, plain ASCII: they become labels of metrics.
 */
export interface PushService {
  readonly kind: PushKind
  wake(wakes: readonly Wake[]): Promise<readonly WakeOutcome[]>
  close(): Promise<void>
}
