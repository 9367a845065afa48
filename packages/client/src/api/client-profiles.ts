import type { MlsProtection } from '../encryption/mls-protection.ts'
import { type NamesOfPeople, namesOfPeople } from '../profiles/names-of-people.ts'
import type { Profile } from '../profiles/profile-book.ts'

/** Users' names for themselves. The server never sees them. */
export interface ClientProfiles {
  readonly profile: {
    /**
     * Sets how the user wants to be called. Resolves when it is stored; the user's devices tell those with whom
     * the user talks. Null takes the name back. Rejects with `invalid` for a name that may not be shown
     * (`displayName`).
     */
    set(profile: Profile): Promise<void>
    /** What that user's own devices told this device; undefined where that is nothing yet. */
    of(userId: string): Profile | undefined
  }
  /** The same for lists: names at once, without waiting. Views carry them already. */
  readonly names: NamesOfPeople
}

export const createClientProfiles = ({
  profiles,
  setName,
}: Pick<MlsProtection, 'profiles' | 'setName'>): ClientProfiles => ({
  profile: { set: ({ name }) => setName(name), of: profiles.of },
  names: namesOfPeople(profiles),
})
