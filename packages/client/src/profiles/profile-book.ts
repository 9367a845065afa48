import { type ProfileBody, profileBody } from '../content/message-content.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { displayName } from './display-name.ts'

export interface Profile {
  /** Normalised for display. Null if the user has none. */
  readonly name: string | null
}

/** The profiles that users' own devices have sent to this one. */
export interface ProfileBook {
  /** Undefined if this device has received none. */
  of(userId: string): Profile | undefined
  all(): readonly (readonly [userId: string, profile: Profile])[]
  /** The same as they were received, with their numbers. */
  told(): Iterable<readonly [userId: string, told: ProfileBody]>
  /** The profile that this user's devices send to others. */
  own(): ProfileBody | undefined
  /**
   * Records a received profile. `at`: server time of its event, in milliseconds. Returns the events for the
   * application.
   */
  hear(userId: string, told: ProfileBody, at: number): readonly ClientEvent[]
  /** This user's next profile, with its number. Undefined for a name that must not be shown. */
  next(name: string | null, now: number): ProfileBody | undefined
  /** Calls the listener with the id of each user whose profile has changed. Returns a function that unsubscribes. */
  subscribe(listener: (userId: string) => void): () => void
}

/** How many profiles are kept. Those not heard of for longest are dropped first. */
const most = 20_000
/**
 * How far ahead of the event's time a profile's number may be. A thief could otherwise send a number that the
 * user's own later names never exceed.
 */
const aheadMs = 86_400_000

const keyOf = (userId: string): string => `profile/${userId}`

/** Two devices may set a name at the same moment. Then the names decide, so that all devices agree. */
const isNewer = (told: ProfileBody, known: ProfileBody | undefined): boolean =>
  known === undefined ||
  told.number > known.number ||
  (told.number === known.number && (told.name ?? '') > (known.name ?? ''))

export const loadProfiles = (
  stored: ReadonlyMap<string, unknown>,
  me: string,
  store: (changes: readonly StoreChange[]) => void,
): ProfileBook => {
  const all = new Map<string, ProfileBody>()
  const listeners = new Set<(userId: string) => void>()
  for (const [key, value] of stored) if (key.startsWith('profile/')) all.set(key.slice(8), profileBody.parse(value))

  const makeRoom = (): void => {
    for (const userId of all.keys()) {
      if (all.size <= most) return
      if (userId === me) continue
      all.delete(userId)
      store([{ key: keyOf(userId), value: undefined }])
    }
  }
  const put = (userId: string, told: ProfileBody): void => {
    all.delete(userId)
    all.set(userId, told)
    store([{ key: keyOf(userId), value: told }])
    makeRoom()
    for (const listener of listeners) listener(userId)
  }
  const shownOf = ({ name }: ProfileBody): string | null => (name === null ? null : (displayName(name) ?? null))

  return {
    of: (userId) => {
      const known = all.get(userId)
      return known && { name: known.name }
    },
    all: () => [...all].map(([userId, { name }]) => [userId, { name }]),
    told: () => all.entries(),
    own: () => all.get(me),
    hear: (userId, told, at) => {
      const known = all.get(userId)
      const shown = { ...told, name: shownOf(told) }
      if (told.number > at + aheadMs || !isNewer(shown, known)) return []
      put(userId, shown)
      return (known?.name ?? null) === shown.name ? [] : [{ type: 'profile', userId, name: shown.name }]
    },
    next: (name, now) => {
      const shown = name === null ? null : displayName(name)
      if (shown === undefined) return undefined
      return { name: shown, number: Math.max(Math.floor(now), (all.get(me)?.number ?? 0) + 1) }
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
