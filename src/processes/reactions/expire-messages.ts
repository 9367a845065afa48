import { setTimeout as sleep } from 'node:timers/promises'
import type { Commands } from '../../commands/commands.ts'
import type { ConversationDocument } from '../../projections/documents.ts'
import type { Views } from '../../projections/reading/view-reader.ts'
import { createDateGuard } from '../../runtime/date-guard.ts'

export interface ExpireMessagesDeps {
  readonly commands: Pick<Commands, 'expireMessages'>
  readonly views: Pick<Views, 'find'>
  /** The date. */
  readonly now: () => number
  /** Milliseconds of a monotonic clock. */
  readonly elapsed: () => number
  readonly onError: (error: unknown) => void
}

/** Expired messages are withheld all the same; only their final removal waits. */
class DateJumped extends Error {
  constructor(aheadMs: number) {
    super(
      `the date of this machine has jumped ahead by ${Math.round(aheadMs / 60_000)} minutes: no message expires for good in the next hour; if it is wrong, set it right now`,
    )
  }
}

/** Conversations looked up at once. */
const pageSize = 100

/** How long a conversation is left alone that had nothing to do yet, or that failed, in milliseconds. */
const [againMs, afterFailureMs] = [5_000, 60_000]

/**
 * Lets messages expire in all conversations where some are due. What is due follows from the events, so there is no
 * checkpoint: a process that is killed in the middle has lost nothing, and what it did is no longer due.
 */
export const createExpireMessages = ({ commands, views, now, elapsed, onError }: ExpireMessagesDeps) => {
  const onJump = (ahead: number) => onError(new DateJumped(ahead))
  const guard = createDateGuard({ date: now, elapsed, onJump })
  /**
   * When to look again at conversations that failed, or had nothing to do yet because the views are behind or a
   * clock was ahead.
   */
  const later = new Map<string, number>()

  const due = (after: string): Promise<readonly ConversationDocument[]> =>
    views.find('conversations', {
      key: { gt: after },
      where: { expiryDue: { lte: now() } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: pageSize,
    })

  const expire = async ({ conversationId }: ConversationDocument): Promise<void> => {
    if (elapsed() < (later.get(conversationId) ?? Number.NEGATIVE_INFINITY)) return
    const did = await commands.expireMessages(conversationId).catch((error: unknown) => {
      onError(error)
      return undefined
    })
    if (did === true) later.delete(conversationId)
    else later.set(conversationId, elapsed() + (did === false ? againMs : afterFailureMs))
  }

  const forgetOld = (): void => {
    for (const [conversationId, until] of later) if (until <= elapsed()) later.delete(conversationId)
  }

  /** One pass over everything that is due. */
  return async (signal?: AbortSignal): Promise<void> => {
    let after = ''
    if (!guard.isSure()) return
    forgetOld()
    for (;;) {
      const page = await due(after)
      for (const one of page) {
        if (signal?.aborted === true) return
        await expire(one)
      }
      const last = page.at(-1)
      if (last === undefined || page.length < pageSize) return
      after = last.conversationId
    }
  }
}

const [everyMs, retryMs] = [1_000, 30_000]

/** Looks every second, and less often when the views cannot be read. `close` waits for what is in progress. */
export const startExpireMessages = (deps: ExpireMessagesDeps): { close(): Promise<void> } => {
  const look = createExpireMessages(deps)
  const closing = new AbortController()
  const { signal } = closing
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const pauseMs = await look(signal).then(
        () => everyMs,
        (error: unknown) => {
          deps.onError(error)
          return retryMs
        },
      )
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    close: async () => {
      closing.abort()
      await running
    },
  }
}
