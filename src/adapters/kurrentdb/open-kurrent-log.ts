import { checkAppend } from '../../event-log/reading/append-limits.ts'
import { LogError } from '../../ports/errors/log-error.ts'
import type { EventLog, Position, Subscription } from '../../ports/event-log.ts'
import { createTurns } from '../../runtime/keyed-queue.ts'
import { createCalls } from './connection/calls.ts'
import { type Connection, connected } from './connection/connect.ts'
import { checkRights } from './connection/rights.ts'
import { subscribe } from './feed/subscription.ts'
import { createHead } from './head.ts'
import { openLife } from './log-life.ts'
import { createAllPages } from './streams/all-pages.ts'
import { createAppends } from './streams/appends.ts'
import { createReads } from './streams/reads.ts'
import { createSlotCopies, type SlotCopies } from './streams/slot-copies.ts'
import { createStreamNames } from './streams/stream-names.ts'
import { createStreamSlices } from './streams/stream-slices.ts'

export interface KurrentLog extends EventLog {
  /** Why the log was last found not to answer; undefined while it does. */
  trouble(): string | undefined
  /** Which slots it has among several logs. */
  readonly slots: SlotCopies
}

export interface KurrentLogOptions {
  /** `esdb://` or `esdb+discover://`, with credentials if the server wants them. */
  readonly connectionString: string
  /** Begins the names of the log's streams, so that several logs can share a server. Without it the log has the server to itself. */
  readonly namespace?: string | undefined
  /** An attempt without an answer counts as lost after so long, milliseconds. Default 3,000. */
  readonly attemptMs?: number
  /** A call is tried again for so long, milliseconds, before it is `log_unavailable`. Default 10,000. */
  readonly giveUpMs?: number
  /** A subscription that is silent for so long, milliseconds, is compared with the log's head. Default 3,000. */
  readonly watchMs?: number
  /** A subscription broke and is begun again: one call a failure. */
  readonly onError?: (error: unknown) => void
}

/** What a server takes whose MaxAppendSize nobody has set, in every version; what it is set to, it does not tell. */
const maxAppendSize = 1024 * 1024

/**
 * The event log on EventStoreDB (22.6 and later) or KurrentDB. Rejects with an `OperatorError` when the server cannot
 * be reached, or does not let its user do all that is needed. It `keepsBodies`.
 */
export const openKurrentLog = (options: KurrentLogOptions): Promise<KurrentLog> =>
  connected(options.connectionString, (connection) => createKurrentLog(connection, options))

const createKurrentLog = async (
  { client, appending, address, close }: Connection,
  options: KurrentLogOptions,
): Promise<KurrentLog> => {
  const { attemptMs = 3_000, giveUpMs = 10_000, watchMs = 3_000, onError = () => {} } = options
  const calls = createCalls({ attemptMs, giveUpMs })
  const names = createStreamNames(options.namespace)
  await checkRights(client, names, calls, address)
  const { epoch, origin } = await openLife(client, names.epoch, calls)
  const reads = createReads(client, names, calls)
  const append = createAppends(appending, names, reads, calls)
  const head = createHead(reads, origin)
  const turns = createTurns()
  const subscriptions = new Set<Subscription>()
  let closing: Promise<void> | undefined

  const open = () => {
    if (closing !== undefined) throw new LogError('log_unavailable', 'The log is closed')
  }
  const end = async () => {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()))
    await turns.idle()
    calls.close()
    await close()
  }
  const whenOpen = <Arguments extends unknown[], Answer>(read: (...values: Arguments) => Promise<Answer>) => {
    return async (...values: Arguments): Promise<Answer> => {
      open()
      return read(...values)
    }
  }

  return {
    epoch,
    keepsBodies: true,
    maxAppendSize,
    slots: createSlotCopies(client, names.slots, calls),
    head: whenOpen(head.read),
    readStream: whenOpen(createStreamSlices(reads)),
    readAll: whenOpen(createAllPages(reads, origin)),
    subscribe(after: Position, handler, options) {
      const deps = { client, names, head, reads, watchMs, onError }
      const subscription = subscribe(deps, after > origin ? after : origin, handler, options)
      subscriptions.add(subscription)
      const forget = () => subscriptions.delete(subscription)
      subscription.done.then(forget, forget)
      return subscription
    },
    async append(stream, events, expected) {
      open()
      checkAppend(events, expected)
      // In the order of the calls, as two writers of one process expect; the server may take two at once in any order.
      const appended = await turns.run(stream, () => append(stream, events, expected))
      head.seen(appended.position)
      return appended
    },
    trouble: () => (closing === undefined ? calls.trouble() : 'the log is closed'),
    close: () => (closing ??= end()),
  }
}
