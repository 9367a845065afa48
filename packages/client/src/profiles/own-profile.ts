import { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { ServerTime } from '../time/server-time.ts'
import type { ProfileBook } from './profile-book.ts'

export interface SetProfileDeps {
  readonly me: { readonly userId: string }
  readonly profiles: Pick<ProfileBook, 'next' | 'hear'>
  readonly time: Pick<ServerTime, 'now' | 'ahead'>
  /** Stores the changes of the book. */
  readonly save: () => Promise<void>
  readonly tell: (event: ClientEvent) => void
  /** The new name must be sent to all conversations. */
  readonly changed: () => void
}

/**
 * The largest lead of the server's clock that is believed. A wrong clock far in the future would produce a number
 * that no later name exceeds.
 */
const aheadMs = 86_400_000

const numberedAt = ({ now, ahead }: SetProfileDeps['time']): number => Math.min(now(), now() + ahead() + aheadMs)

/** Changes this user's name. Resolves when it is stored. Rejects with `invalid` for a name that must not be shown. */
export const createSetName =
  ({ me, profiles, time, save, tell, changed }: SetProfileDeps) =>
  async (name: string | null): Promise<void> => {
    const next = profiles.next(name, numberedAt(time))
    if (next === undefined) throw new BackscrollError('invalid', { details: { field: 'name' } })
    const told = profiles.hear(me.userId, next, next.number)
    await save()
    for (const event of told) tell(event)
    changed()
  }
