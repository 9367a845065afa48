import { type KnownIdentity, knownIdentity } from '../api/client-identities.ts'
import type { PendingCommand } from '../commands/pending-commands.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Signal } from '../events/client-events.ts'
import type { Profile } from '../profiles/profile-book.ts'
import type { Pin } from '../trust/identity-pins.ts'
import { unpack } from './packed-value.ts'
import type { Mirror } from './tab-messages.ts'

/** A follower's copy of the leader's state. */
export interface TabMirror {
  take(mirror: Mirror): void
  /** The connection state from the welcome, or the latest one that the leader sent. */
  toldState(): ConnectionState | undefined
  /** The ways of approval, while this device waits for one. */
  toldWays(): Signal | undefined
  canProve(): boolean
  pending(conversationId?: string): number
  pendingCommands(conversationId?: string): readonly PendingCommand[]
  profileOf(userId: string): Profile | undefined
  identityOf(userId: string): KnownIdentity | undefined
}

export const createTabMirror = (me: { readonly userId: string }, onProfile: (userId: string) => void): TabMirror => {
  let known: Mirror = {}
  const pins = new Map<string, Pin>()
  const profiles = new Map<string, Profile>()
  let pending = new Map<string, number>()

  const own = (): string => {
    if (known.identityKey === undefined) throw new BackscrollError('not_approved')
    return known.identityKey
  }
  return {
    take: (mirror) => {
      known = { ...known, ...mirror }
      for (const [userId, pin] of mirror.pins ?? []) pins.set(userId, pin)
      for (const [userId, profile] of mirror.profiles ?? []) profiles.set(userId, profile)
      for (const [userId] of mirror.profiles ?? []) onProfile(userId)
      if (mirror.pending !== undefined) pending = new Map(mirror.pending)
    },
    toldState: () => known.state && (unpack(known.state) as ConnectionState),
    toldWays: () => known.ways && (unpack(known.ways) as Signal),
    canProve: () => known.canProve === true,
    pending: (id) =>
      id === undefined ? [...pending.values()].reduce((sum, one) => sum + one, 0) : (pending.get(id) ?? 0),
    pendingCommands: (id) =>
      (known.commands ?? []).filter(({ conversationId }) => id === undefined || conversationId === id),
    profileOf: (userId) => profiles.get(userId),
    identityOf: (userId) => knownIdentity(me, own, pins, userId),
  }
}
