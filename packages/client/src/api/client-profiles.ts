import type { MlsProtection } from '../encryption/mls-protection.ts'
import type { Profile } from '../profiles/profile-book.ts'

/** Who people say they are. The server knows none of it. */
export interface ClientProfiles {
  readonly profile: {
    /**
     * Says how the user wants to be called: resolves when it is stored, and is told by the user's devices to those with
     * whom the user talks. Null takes it back. Rejects with `invalid` for a name that may not be shown (`displayName`).
     */
    set(profile: Profile): Promise<void>
    /** What this device was told by that user's own devices; undefined where that is nothing yet. */
    of(userId: string): Profile | undefined
  }
  /** The same for lists: names at once, without waiting. */
  readonly names: {
    of(userId: string): string | undefined
    /** Calls back with each user whose name has changed; returns what ends it. */
    subscribe(listener: (userId: string) => void): () => void
  }
}

export const createClientProfiles = ({
  profiles,
  setName,
}: Pick<MlsProtection, 'profiles' | 'setName'>): ClientProfiles => ({
  profile: { set: ({ name }) => setName(name), of: profiles.of },
  names: { of: (userId) => profiles.of(userId)?.name ?? undefined, subscribe: profiles.subscribe },
})
