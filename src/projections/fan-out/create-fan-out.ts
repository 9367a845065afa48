import { idOfStream, kindOfStream } from '../../domain/stream-names.ts'
import type { DeltaSink } from '../../ports/deltas.ts'
import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'
import type { Rosters } from '../sync/sync-service.ts'
import { createBatchDeltas } from './batch-deltas.ts'
import type { LoadRosterAt } from './load-roster.ts'
import { receiptsDeltasOf } from './receipts-delta.ts'
import { follow, type Roster } from './roster.ts'
import { createRosterCache } from './roster-cache.ts'
import { createRosterLoads } from './roster-loads.ts'

export interface FanOutDeps {
  readonly log: Pick<EventReader, 'readStream' | 'subscribe'>
  readonly loadRosterAt: LoadRosterAt
  readonly sink: DeltaSink
  /** Events after this position are handed out: the head when the process starts. */
  readonly from: Position
  /** How many rosters are kept in memory. */
  readonly maxRosters: number
}

export interface FanOut extends Rosters {
  /** Everything up to here was handed to the sink. */
  dispatched(): Position
  /** Rejects when a roster could not be loaded or the sink threw: then nobody gets live events any more. */
  readonly done: Promise<void>
  close(): Promise<void>
}

/**
 * Leads events from the log, live, to the users who may see them. It follows the roster of each active conversation
 * by its own events, so it is exact at every revision and never waits for a view. Calls the sink once for each
 * batch. Awaits nothing as long as the rosters are in memory.
 */
export const createFanOut = ({ log, loadRosterAt, sink, from, maxRosters }: FanOutDeps): FanOut => {
  const rosters = createRosterCache(maxRosters)
  const loads = createRosterLoads({ log, loadRosterAt })
  const batch = createBatchDeltas(sink)
  let dispatched = from

  const sendEvent = (conversationId: string, event: RecordedEvent): boolean => {
    const roster = rosters.get(conversationId)
    if (roster === undefined || roster.revision + 1 !== event.revision) return false
    batch.add(conversationId, follow(roster, event), event)
    return true
  }

  const sendReceipts = (conversationId: string, event: RecordedEvent): boolean => {
    const roster = rosters.get(conversationId)
    if (roster === undefined || !roster.sendersKnown) return false
    for (const delta of receiptsDeltasOf(conversationId, roster, event)) batch.addReceipts(delta)
    return true
  }

  /** Only the user's own devices get a user's stream. */
  const sendToUser = (event: RecordedEvent): boolean => {
    batch.add(event.stream, [idOfStream(event.stream)], event)
    return true
  }

  /** False when the roster that this event needs has to be loaded first. */
  const send = (event: RecordedEvent): boolean => {
    switch (kindOfStream(event.stream)) {
      case 'conversation':
        return sendEvent(idOfStream(event.stream), event)
      case 'receipts':
        return sendReceipts(idOfStream(event.stream), event)
      case 'user':
        return sendToUser(event)
      case 'audit':
      case undefined:
        return true
    }
  }

  const load = async (event: RecordedEvent): Promise<void> => {
    const conversationId = idOfStream(event.stream)
    if (kindOfStream(event.stream) === 'conversation') {
      rosters.set(conversationId, await loads.before(conversationId, event.revision))
      return
    }
    rosters.set(conversationId, await loads.withSenders(conversationId, rosters.get(conversationId), event.position))
  }

  const finish = (events: readonly RecordedEvent[]): void => {
    batch.flush()
    rosters.trim()
    dispatched = events.at(-1)?.position ?? dispatched
  }

  /** Continues at `start`, whose roster is missing. */
  const slowly = async (events: readonly RecordedEvent[], start: number): Promise<void> => {
    for (let index = start; index < events.length; index += 1) {
      const event = events[index]
      if (event === undefined || send(event)) continue
      await load(event)
      send(event)
    }
    finish(events)
  }

  const handle = (events: readonly RecordedEvent[]): Promise<void> | undefined => {
    for (let index = 0; index < events.length; index += 1) {
      const event = events[index]
      if (event !== undefined && !send(event)) return slowly(events, index)
    }
    finish(events)
    return undefined
  }

  const loadNow = async (conversationId: string): Promise<Roster | undefined> => {
    const at = dispatched
    const roster = await loads.asOf(conversationId, at)
    // Stored only if it still is the one that the next event follows.
    if (roster !== undefined && at === dispatched && rosters.get(conversationId) === undefined) {
      rosters.set(conversationId, roster)
      rosters.trim()
    }
    return roster
  }

  const subscription = log.subscribe(from, (events) => handle(events))

  return {
    dispatched: () => dispatched,
    async members(conversationId) {
      const roster = rosters.get(conversationId) ?? (await loadNow(conversationId))
      return (rosters.get(conversationId) ?? roster)?.audience
    },
    done: subscription.done,
    close: () => subscription.close(),
  }
}
