import { mayPass } from '@backscroll/protocol/errors'
import { userStream } from '../../../domain/stream-names.ts'
import type { AccountStore } from '../../../ports/identity/account-store.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { ParkedReaction } from '../../../ports/parked-reactions.ts'

export interface AnnouncerDeps {
  readonly store: Pick<
    AccountStore,
    | 'notices'
    | 'noticesOf'
    | 'settleNotice'
    | 'parkReaction'
    | 'parkedReactions'
    | 'reactionRetries'
    | 'resumeReactions'
  >
  /**
   * Resolves when it is durable in the user's stream; repeating the same notice changes nothing. Rejects with a
   * `ProtocolError` where that is temporary.
   */
  readonly tell: (notice: Notice) => Promise<void>
  readonly now: () => number
  readonly onError: (error: unknown) => void
  readonly onParked: (reaction: ParkedReaction) => void
}

export interface Announcer {
  /** Announces what waits. Resolves when nothing waits any more or the log does not accept it now; never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

const batch = 100
/** How often it looks for what another process left, or what the log did not accept, in milliseconds. */
const lookEvery = 2_000
/** How often a notice is tried that the log refuses for another reason than being away. */
const mostFailures = 5

/** The name under which undeliverable notices are parked. */
const process = 'announcements'

const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

/**
 * Carries notices from the accounts database, where they were stored with what they report, into users' streams:
 * for each user in order, each once. A crash between the two repeats one, which its stream recognises. One that
 * cannot be delivered parks its user's notices, and others go on.
 */
export const createAnnouncer = ({ store, tell, now, onError, onParked }: AnnouncerDeps): Announcer => {
  let running: Promise<void> | undefined
  let again = false
  /** How often notices have failed. */
  const failures = new Map<string, number>()

  const park = async ({ id, userId, command }: Notice, attempts: number, error: unknown): Promise<void> => {
    const place = {
      process,
      stream: userStream(userId),
      type: command.type,
      epoch: null,
      revision: null,
      position: null,
    }
    const reaction = { ...place, attempts, error: textOf(error), at: now() }
    await store.parkReaction(reaction)
    failures.delete(id)
    onParked(reaction)
  }

  const tellOne = async (notice: Notice): Promise<void> => {
    await tell(notice)
    await store.settleNotice(notice.id)
    failures.delete(notice.id)
  }

  /** Rejects with temporary errors: then no other notice can be delivered either. */
  const failed = async (notice: Notice, error: unknown): Promise<void> => {
    if (mayPass(error)) throw error
    onError(error)
    const times = (failures.get(notice.id) ?? 0) + 1
    failures.set(notice.id, times)
    if (times >= mostFailures) await park(notice, times, error)
  }

  const drain = async (): Promise<void> => {
    const left = new Set<string>()
    do {
      again = false
      for (const notice of await store.notices(batch, { parkedFor: process, users: [...left] })) {
        again = true
        if (left.has(notice.userId)) continue
        await tellOne(notice).catch((error: unknown) => {
          left.add(notice.userId)
          return failed(notice, error)
        })
      }
    } while (again)
  }

  /** The notices of a parked user, once more. */
  const retry = async (stream: string): Promise<void> => {
    const attempts = (await store.parkedReactions(batch, process)).find((one) => one.stream === stream)?.attempts ?? 0
    for (const notice of await store.noticesOf(stream.slice(stream.indexOf('-') + 1), batch))
      try {
        await tellOne(notice)
      } catch (error) {
        return park(notice, attempts + 1, error)
      }
    await store.resumeReactions(process, stream)
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

  const look = async (): Promise<void> => {
    for (const stream of await store.reactionRetries(process)) await retry(stream)
    await flush()
  }

  const timer = setInterval(() => void look().catch(onError), lookEvery).unref()
  return {
    flush,
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
