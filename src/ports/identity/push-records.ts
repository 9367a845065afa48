import type { Time } from '../time.ts'

/** Part of the accounts database: see `account-store.ts` for what every call promises. */

/** `webhook`: the operator's own service, for users none of whose devices has a target. */
export type PushKind = 'fcm' | 'webpush' | 'webhook'

export interface PushRegistration {
  readonly userId: string
  readonly deviceId: string
  readonly kind: Exclude<PushKind, 'webhook'>
  /** Sealed. */
  readonly target: string
  /** The same for the same target, whoever registers it; tells nothing of it. */
  readonly hash: string
  readonly at: Time
}

/** When a user wants to be left alone; `from` and `to` as `22:00`, in a time zone of the IANA. */
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

/** A device to which something is owed, in the hands of one process for a while. */
export interface DueWake {
  readonly userId: string
  /** Empty where the operator's own service wakes the user. */
  readonly deviceId: string
  readonly kind: PushKind
  /** Sealed; empty where there is none. */
  readonly target: string
  readonly hash: string
  /** How much is owed: what comes later is owed beyond it. */
  readonly owed: number
  /** Until then no other process gets it. */
  readonly heldUntil: Time
  /** Before the claim. */
  readonly quietUntil: Time
  /** Failed tries since the last success. */
  readonly tries: number
}

/**
 * `done`: nothing more is owed, but what came meanwhile. `later`: to be looked at again. `gone`: the target is dead; one
 * that was registered meanwhile stays.
 */
export type WakeSettlement = { readonly wake: DueWake } & (
  | { readonly kind: 'done' | 'gone' }
  | { readonly kind: 'later'; readonly at: Time; readonly quietUntil: Time; readonly tries: number }
)

/** What has to be looked at now. */
export interface PushBacklog {
  readonly due: number
  /** Since when the oldest of them is due; null for none. */
  readonly oldest: Time | null
}

/**
 * Which devices have to be woken: durable, and shared by all processes.
 *
 * - What is owed stays owed until it is settled as `done` by whoever holds it.
 * - Of any number of processes one holds a wake-up at a time. A settlement by another one has no effect.
 */
export interface PushWakes {
  /**
   * Devices of these users are due at `dueAt`, or when their quiet time ends; those that are due already stay so.
   * `byWebhook`: the operator's own service wakes users who have no target. One message a user and conversation counts,
   * the newest.
   */
  owePushes(messages: readonly OwedMessage[], dueAt: Time, byWebhook: boolean): Promise<void>
  claimPushes(kind: PushKind, limit: number, now: Time, until: Time): Promise<readonly DueWake[]>
  /**
   * Before anything is sent: no wake-up before `quietUntil`, even if nobody settles it. Answers those that are still
   * held, from now on until `until`.
   */
  beginPushes(wakes: readonly DueWake[], quietUntil: Time, until: Time): Promise<readonly DueWake[]>
  settlePushes(settlements: readonly WakeSettlement[]): Promise<void>
  /** What these users have not been woken for yet. */
  waitingPushes(userIds: readonly string[]): Promise<readonly OwedMessage[]>
  /** Those of the users who have a target. */
  reachablePushes(userIds: readonly string[]): Promise<ReadonlySet<string>>
  /** Of those who have any. */
  quietHoursOf(userIds: readonly string[]): Promise<ReadonlyMap<string, QuietHours>>
  pushBacklog(now: Time): Promise<PushBacklog>
}

export interface PushRecords extends PushWakes {
  /**
   * Replaces what the device had. A target belongs to the device that registered it last: any other one loses it.
   * False where there is no such active device.
   */
  registerPush(registration: PushRegistration): Promise<boolean>
  unregisterPush(userId: string, deviceId: string): Promise<void>
  pushPreferences(userId: string): Promise<PushPreferences>
  savePushPreferences(userId: string, preferences: PushPreferences): Promise<void>
  /** Deletes targets that were last registered before this time. Answers how many. */
  purgePushTargets(before: Time): Promise<number>
}
