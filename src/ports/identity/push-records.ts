import type { Time } from '../time.ts'

/** Part of the accounts database; `account-store.ts` states what every call guarantees. */

/** `webhook`: the operator's own service, for users who have no device with a target. */
export type PushKind = 'fcm' | 'webpush' | 'webhook'

export interface PushRegistration {
  readonly userId: string
  readonly deviceId: string
  readonly kind: Exclude<PushKind, 'webhook'>
  /** Sealed. */
  readonly target: string
  /** A hash of the target, the same for every device that registers it. It does not reveal the target. */
  readonly hash: string
  readonly at: Time
}

/** When a user wants no wake-ups. `from` and `to` have the form `22:00`, in an IANA time zone. */
export interface QuietHours {
  readonly from: string
  readonly to: string
  readonly timeZone: string
}

export interface PushPreferences {
  readonly quietHours: QuietHours | null
}

/** A message for which a user has to be woken. */
export interface OwedMessage {
  readonly userId: string
  readonly conversationId: string
  readonly seq: number
  /** Server time of the message. */
  readonly at: Time
}

/** A device that has to be woken, claimed by one process for a limited time. */
export interface DueWake {
  readonly userId: string
  /** Empty if the operator's own service wakes the user. */
  readonly deviceId: string
  readonly kind: PushKind
  /** Sealed. Empty if there is no target. */
  readonly target: string
  readonly hash: string
  /** The count of owed wake-ups at the time of the claim. A higher count later means that more is owed. */
  readonly owed: number
  /** No other process gets the wake-up before this time. */
  readonly heldUntil: Time
  /** The quiet time before the claim. */
  readonly quietUntil: Time
  /** Failed tries since the last success. */
  readonly tries: number
}

/**
 * `done`: nothing is owed except what was added since the claim. `later`: to be judged again. `gone`: the target is
 * dead and is deleted, unless it was registered again in the meantime.
 */
export type WakeSettlement = { readonly wake: DueWake } & (
  | { readonly kind: 'done' | 'gone' }
  | { readonly kind: 'later'; readonly at: Time; readonly quietUntil: Time; readonly tries: number }
)

/** The number of devices that are due now. */
export interface PushBacklog {
  readonly due: number
  /** When the one that waits longest became due. Null if none is due. */
  readonly oldest: Time | null
}

/**
 * The devices that have to be woken: durable, and shared by all processes.
 *
 * - An owed wake-up stays owed until the process that holds it settles it as `done`.
 * - One process at a time holds a wake-up. A settlement by any other process has no effect.
 */
export interface PushWakes {
  /**
   * Makes the devices of these users due at `dueAt`, or at the end of their quiet time. Devices that are due
   * already stay due. `byWebhook`: users without a target are woken by the operator's own service. Only the
   * newest message of each user and conversation is stored.
   */
  owePushes(messages: readonly OwedMessage[], dueAt: Time, byWebhook: boolean): Promise<void>
  claimPushes(kind: PushKind, limit: number, now: Time, until: Time): Promise<readonly DueWake[]>
  /**
   * Called before anything is sent: no wake-up is due before `quietUntil`, even if this one is never settled.
   * Returns the wake-ups that are still held, now until `until`.
   */
  beginPushes(wakes: readonly DueWake[], quietUntil: Time, until: Time): Promise<readonly DueWake[]>
  settlePushes(settlements: readonly WakeSettlement[]): Promise<void>
  /** The messages for which these users have not been woken yet. */
  waitingPushes(userIds: readonly string[]): Promise<readonly OwedMessage[]>
  /** Returns those of the users who have a target. */
  reachablePushes(userIds: readonly string[]): Promise<ReadonlySet<string>>
  /** The quiet hours of those users who have set any. */
  quietHoursOf(userIds: readonly string[]): Promise<ReadonlyMap<string, QuietHours>>
  pushBacklog(now: Time): Promise<PushBacklog>
}

export interface PushRecords extends PushWakes {
  /**
   * Replaces the device's target. A target belongs to the device that registered it last, and every other device
   * loses it. False if the device is not active.
   */
  registerPush(registration: PushRegistration): Promise<boolean>
  unregisterPush(userId: string, deviceId: string): Promise<void>
  pushPreferences(userId: string): Promise<PushPreferences>
  savePushPreferences(userId: string, preferences: PushPreferences): Promise<void>
  /** Deletes targets that were last registered before this time. Returns the number of deleted targets. */
  purgePushTargets(before: Time): Promise<number>
}
