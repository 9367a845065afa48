import { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { ServerTime } from '../time/server-time.ts'
import type { ProfileBook } from './profile-book.ts'

export interface SetProfileDeps {
  readonly me: { readonly userId: string }
  readonly profiles: Pick<ProfileBook, 'next' | 'hear'>
  readonly time: Pick<ServerTime, 'now' | 'ahead'>
  /** Makes durable what the book has changed. */
  readonly save: () => Promise<void>
  readonly tell: (event: ClientEvent) => void
  /** There is something to tell in all conversations. */
  readonly changed: () => void
}

/** A server that says it is far later than here would give out a number that no later name exceeds. */
const aheadMs = 86_400_000

const numberedAt = ({ now, ahead }: SetProfileDeps['time']): number => Math.min(now(), now() + ahead() + aheadMs)

/** Changes the own user's name; resolves when it is stored. Rejects with `invalid` for one that may not be shown. */
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
