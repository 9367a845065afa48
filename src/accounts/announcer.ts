import type { AccountStore } from '../ports/accounts.ts'
import type { Notice } from '../ports/notices.ts'

export interface AnnouncerDeps {
  readonly store: Pick<AccountStore, 'notices' | 'settleNotice'>
  /** Resolves when it is durable in the user's stream; the same notice again changes nothing. */
  readonly tell: (notice: Notice) => Promise<void>
  readonly onError: (error: unknown) => void
}

export interface Announcer {
  /** Tells what waits. Resolves when nothing waits any more or the log does not take it now; never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

const batch = 100
/** How often it looks for what another process left, or what the log did not take, in milliseconds. */
const lookEvery = 2_000

/**
 * Carries notices from the accounts database, where they were stored with what they tell, into users' streams: in order, each once. A
 * crash between the two tells one again, which its stream recognises.
 */
export const createAnnouncer = ({ store, tell, onError }: AnnouncerDeps): Announcer => {
  let running: Promise<void> | undefined
  let again = false

  const drain = async (): Promise<void> => {
    do {
      again = false
      for (const notice of await store.notices(batch)) {
        await tell(notice)
        await store.settleNotice(notice.id)
        again = true
      }
    } while (again)
  }

  const flush = (): Promise<void> => {
    again = true
    running ??= drain()
      .catch(onError)
      .finally(() => {
        running = undefined
      })
    return running
  }

  const timer = setInterval(() => void flush(), lookEvery).unref()
  return {
    flush,
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
