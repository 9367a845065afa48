import { setTimeout as sleep } from 'node:timers/promises'
import { idInStream } from '../../domain/stream-names.ts'
import type { EventReader, Subscription } from '../../ports/event-log.ts'

export interface FollowAccountsDeps {
  readonly logs: readonly Pick<EventReader, 'head' | 'subscribe'>[]
  /** A user's access may have ended. */
  readonly look: (userId: string) => void
  readonly onError: (error: unknown) => void
  readonly retryMs?: number
}

export interface FollowedAccounts {
  close(): Promise<void>
}

const types: ReadonlySet<string> = new Set(['DeviceRevoked', 'UserDeactivated', 'UserErased'])

/**
 * Every process hears from the log whose access has ended, even if the message that tells it at once was lost.
 * Begins at the present position: a socket that opens later is judged by the store at that time. An event is only a
 * reason to look, so an old one closes nobody who has come back.
 */
export const followAccounts = ({ logs, look, onError, retryMs = 1_000 }: FollowAccountsDeps): FollowedAccounts => {
  const closing = new AbortController()
  const { signal } = closing

  const handle = (events: readonly { readonly stream: string }[]): void => {
    for (const { stream } of events) {
      const userId = idInStream('user', stream)
      if (userId !== undefined) look(userId)
    }
  }
  /** Undefined when it closes before. A log that is away does not prevent the start. */
  const follow = async (log: FollowAccountsDeps['logs'][number]): Promise<Subscription | undefined> => {
    while (!signal.aborted) {
      try {
        const subscription = log.subscribe(await log.head(), handle, { types })
        subscription.done.catch(onError)
        return subscription
      } catch (error) {
        onError(error)
        await sleep(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
    return undefined
  }
  const following = logs.map(follow)
  return {
    close: async () => {
      closing.abort()
      await Promise.all(following.map(async (one) => (await one)?.close()))
    },
  }
}
