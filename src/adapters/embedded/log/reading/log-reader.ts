import { createSubscriptions } from '../../../../event-log/reading/pull-subscription.ts'
import type { EventReader, Position } from '../../../../ports/event-log.ts'
import { createHeadSignal } from '../head-signal.ts'
import { createDamageWatch } from '../integrity/damage-watch.ts'
import type { LogFinding } from '../integrity/finding.ts'
import { epochOf, openForReading } from '../schema.ts'
import { createFileReads, END } from './file-reads.ts'

export interface EmbeddedLogReader extends EventReader {
  /**
   * Call it with what the writing side's `onHead` says, as often as you like: lets the subscriptions read up to
   * there.
   */
  signal(head: Position): void
  /** Ends the subscriptions, each after the handler in progress. */
  close(): Promise<void>
}

export interface LogReaderOptions {
  readonly directory: string
  /** Called for all damage that is found. */
  readonly onDamage?: (finding: LogFinding) => void
}

/**
 * A second view, for another thread, of a log that `openEmbeddedLog` has open in this process: a read-only
 * connection of its own.
 */
export const openEmbeddedLogReader = ({ directory, onDamage }: LogReaderOptions): EmbeddedLogReader => {
  const db = openForReading(directory)
  const file = createFileReads(db, createDamageWatch(onDamage))
  const signal = createHeadSignal()
  let announced = file.head()
  const readAll = (after: Position, limit: number) => file.readAll(after, END, limit)
  // No further than announced: whoever paces the announcements decides how large the batches are.
  const subscriptions = createSubscriptions({
    read: (after, limit) => file.readAll(after, announced, limit),
    onAdvance: signal.listen,
  })

  return {
    epoch: epochOf(db),
    head: async () => file.head(),
    readStream: async (slice) => file.readStream(slice),
    readAll: async (after, limit) => readAll(after, limit),
    subscribe: subscriptions.subscribe,
    signal(head) {
      announced = head
      signal.announce(head)
    },
    async close() {
      await subscriptions.close()
      db.close()
    },
  }
}
