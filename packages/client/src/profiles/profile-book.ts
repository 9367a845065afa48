import { type ProfileBody, profileBody } from '../content/message-content.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { displayName } from './display-name.ts'

export interface Profile {
  /** As it may be shown; null where the user has none. */
  readonly name: string | null
}

/** What this device was told by users about themselves. */
export interface ProfileBook {
  /** Undefined where this device was told nothing. */
  of(userId: string): Profile | undefined
  all(): readonly (readonly [userId: string, profile: Profile])[]
  /** What the own user's devices tell. */
  own(): ProfileBody | undefined
  /** `at`: server time of the event, milliseconds. Answers what the application is told. */
  hear(userId: string, told: ProfileBody, at: number): readonly ClientEvent[]
  /** The own user's new one, with its number; `undefined` for a name that may not be shown. */
  next(name: string | null, now: number): ProfileBody | undefined
  /** Calls back with each user whose profile has changed; returns what ends it. */
  subscribe(listener: (userId: string) => void): () => void
}

/** People whose names are kept; those heard longest ago go first. */
const most = 20_000
/** A number further ahead would keep the user's later ones out, and only a thief of a device says such. */
const aheadMs = 86_400_000

const keyOf = (userId: string): string => `profile/${userId}`

/** Of two that were made at the same moment on two devices all devices take the same one. */
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
