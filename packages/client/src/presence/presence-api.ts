import type { DeviceActivity } from '@backscroll/protocol/client-frames'
import { type Presence, presence } from '@backscroll/protocol/presence'
import { ownAccount } from '@backscroll/protocol/rest/me'
import type { z } from 'zod'
import type { Rest } from '../rest/rest-client.ts'
import { createSource, type Observable } from '../views/observable.ts'
import type { PresenceBook } from './presence-book.ts'

const ownPrivacy = ownAccount.pick({ privacy: true })

/** Who may see whether the user is online, and who of those may also see when the user was last online. */
export type PresencePrivacy = Pick<z.output<typeof ownPrivacy>['privacy'], 'online' | 'lastSeen'>

export interface PresenceSnapshot {
  /** In the order in which they were named. A user is offline until the server has answered. */
  readonly presences: readonly Presence[]
  /**
   * False while the server does not report all of these users, for example without a connection. The snapshot
   * then shows the last known state.
   */
  readonly isCurrent: boolean
}

export interface PresenceView extends Observable<PresenceSnapshot> {
  /** Ends all subscriptions. */
  close(): void
}

/**
 * Shows who is online and controls who may see this user. Methods that ask the server reject with
 * `BackscrollError`.
 */
export interface ClientPresence {
  /**
   * Watches these users while the view has subscribers, across reconnects. Creating a view costs nothing. The
   * server limits how many users may be watched at once (default: 200). Beyond it, an `error` event reports
   * `watch_limit`.
   */
  watch(userIds: readonly string[]): PresenceView
  /** Reads the presence of a user once. */
  of(userId: string): Promise<Presence>
  /**
   * Sets whether somebody is at this device. A user is online while at least one device is connected and active.
   * A device is active until it says `away`. The setting survives reconnects but not restarts.
   */
  setActivity(activity: DeviceActivity): void
  privacy(): Promise<PresencePrivacy>
  setPrivacy(change: Partial<PresencePrivacy>): Promise<PresencePrivacy>
}

export interface ClientPresenceDeps {
  readonly rest: Rest
  readonly book: PresenceBook
  readonly setActivity: ClientPresence['setActivity']
  readonly onError: (thrown: unknown) => void
}

const privacyOf = ({ privacy: { online, lastSeen } }: z.output<typeof ownPrivacy>): PresencePrivacy => ({
  online,
  lastSeen,
})

/** The snapshot before anything is known. */
export const unknownPresences = (userIds: readonly string[]): PresenceSnapshot => ({
  presences: userIds.map((userId) => ({ userId, online: false, lastSeenAt: null })),
  isCurrent: false,
})

const createView = (book: PresenceBook, userIds: readonly string[], onError: (thrown: unknown) => void) => {
  /** The same object as long as the presence has not changed. */
  const kept = new Map<string, Presence>()
  const presenceOf = (userId: string): Presence => {
    const [before, next] = [kept.get(userId), book.of(userId)]
    if (before?.online === next.online && before.lastSeenAt === next.lastSeenAt) return before
    kept.set(userId, next)
    return next
  }
  const build = (): PresenceSnapshot => ({
    presences: userIds.map(presenceOf),
    isCurrent: userIds.every(book.isCurrent),
  })
  const source = createSource<PresenceSnapshot>(build(), () => book.want(userIds, () => source.set(build())), onError)
  return { snapshot: source.snapshot, subscribe: source.subscribe, close: source.clear }
}

export const createClientPresence = ({ rest, book, setActivity, onError }: ClientPresenceDeps): ClientPresence => ({
  watch: (userIds) => createView(book, [...userIds], onError),
  of: (userId) => rest.read({ path: `/presence/${encodeURIComponent(userId)}`, schema: presence }),
  setActivity,
  privacy: async () => privacyOf(await rest.read({ path: '/me', schema: ownPrivacy })),
  setPrivacy: async (change) =>
    privacyOf(await rest.read({ method: 'PATCH', path: '/me', body: { privacy: change }, schema: ownPrivacy })),
})
