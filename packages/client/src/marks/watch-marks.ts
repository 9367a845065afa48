import type { Clock } from '../time/clock.ts'
import type { MarkBook } from './mark-book.ts'

/** A timer does not run longer than this, milliseconds. */
const longest = 86_400_000

/**
 * Calls the listener when marks change, and when a mute ends by its time. Returns a function that ends both. `now`:
 * server time.
 */
export const watchMarks = (
  book: Pick<MarkBook, 'known' | 'of' | 'watch'>,
  clock: Clock,
  now: () => number,
  listener: (conversationId?: string) => void,
): (() => void) => {
  let cancel = () => {}
  const nextEnd = (): number =>
    [...book.known().keys()].reduce((soonest, id) => {
      const { mutedUntil } = book.of(id)
      return typeof mutedUntil === 'number' && mutedUntil > now() ? Math.min(soonest, mutedUntil) : soonest
    }, Number.POSITIVE_INFINITY)
  const arm = () => {
    cancel()
    const end = nextEnd()
    if (end === Number.POSITIVE_INFINITY) return
    cancel = clock.after(Math.min(longest, end - now()), () => {
      arm()
      listener()
    })
  }
  const unwatch = book.watch((id) => {
    arm()
    listener(id)
  })
  arm()
  return () => {
    cancel()
    unwatch()
  }
}
