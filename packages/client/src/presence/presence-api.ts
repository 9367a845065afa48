import type { DeviceActivity } from '@backscroll/protocol/client-frames'
import { type Presence, presence } from '@backscroll/protocol/presence'
import { ownAccount } from '@backscroll/protocol/rest/me'
import type { z } from 'zod'
import type { Rest } from '../rest/rest-client.ts'
import { createSource, type Observable } from '../views/observable.ts'
import type { PresenceBook } from './presence-book.ts'

const ownPrivacy = ownAccount.pick({ privacy: true })

/** Who sees whether the user is online, and who of these also when the user was last. */
export type PresencePrivacy = Pick<z.output<typeof ownPrivacy>['privacy'], 'online' | 'lastSeen'>

export interface PresenceSnapshot {
  /** In the order in which they were named; offline, until the server has told. */
  readonly presences: readonly Presence[]
  /** False while the server does not tell of all of them, such as without a connection: it is as it was then. */
  readonly isCurrent: boolean
}

export interface PresenceView extends Observable<PresenceSnapshot> {
  /** Forgets all who subscribe. */
  close(): void
}

/** Who is online, and who may see it. All that ask the server reject with `BackscrollError`. */
export interface ClientPresence {
  /**
   * Whether these users are online, for as long as somebody subscribes, over reconnects too. Making one costs nothing.
   * The server says how many may be watched at once (200 by default): an `error` event tells `watch_limit`.
   */
  watch(userIds: readonly string[]): PresenceView
  /** Once, whether or not somebody watches. */
  of(userId: string): Promise<Presence>
  /**
   * Whether somebody is at this device. A user is online while one device is connected and active; every device is, until
   * it says that it is away. Holds over reconnects, not over restarts.
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

/** Before anything is known. */
export const unknownPresences = (userIds: readonly string[]): PresenceSnapshot => ({
  presences: userIds.map((userId) => ({ userId, online: false, lastSeenAt: null })),
  isCurrent: false,
})

const createView = (book: PresenceBook, userIds: readonly string[], onError: (thrown: unknown) => void) => {
  /** One that has not changed is the same object. */
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
