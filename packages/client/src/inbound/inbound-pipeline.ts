import type { Receipt, SyncPage, WireEvent } from '@backscroll/protocol/server-frames'
import type { Connection, Push } from '../connection/connection.ts'
import type { Changes } from '../delivery/delivery-queue.ts'
import { createUnsettledCommands } from '../delivery/unsettled-commands.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { DecryptingDelivery } from '../protection/decrypting-delivery.ts'
import { accountChange, checkpointChange, streamChange } from '../records/client-records.ts'
import type { LoadedSnapshot } from '../rest/snapshot-pages.ts'
import type { Position } from '../sync/position.ts'
import type { Source } from '../sync/stream-tracker.ts'
import type { Clock } from '../time/clock.ts'
import { createEventIntakes, type EventIntakesDeps } from './event-intakes.ts'
import { createLiveOverflow } from './live-overflow.ts'
import { createPageSync } from './page-sync.ts'

export interface InboundDeps extends Omit<EventIntakesDeps, 'onPassed' | 'onGap'> {
  readonly position: Position
  readonly delivery: DecryptingDelivery
  readonly clock: Clock
  readonly random: () => number
  readonly connection: Pick<Connection, 'ask' | 'dispatch' | 'state'>
  /** Own commands were sent whose outcome is unknown. */
  readonly inDoubt: () => boolean
  readonly onError: (thrown: unknown) => void
}

/** Everything that arrives, on its way to the application: order, gaps, and the position from which to resume. */
export interface Inbound {
  push(push: Exclude<Push, { type: 'typing_indicator' | 'presence' }>): void
  /**
   * An own command was accepted. `event`: what it became, if that is known. `forget`: what to store once it was
   * handed over.
   */
  own(conversationId: string, revision: number, event: WireEvent | undefined, duplicate: boolean, forget: Changes): void
  /** The connection is live. */
  live(): void
  begin(snapshot: LoadedSnapshot): void
  /** Resolves when the application has caught up enough for more. */
  room(): Promise<void>
  /** Am I in this conversation, as far as events say? */
  knows(conversationId: string): boolean
  /**
   * Resolves when everything that the server had at the call was processed; rejects with `disconnected` when
   * there is no connection.
   */
  caughtUp(): Promise<void>
}

/** Below it the next page is fetched. */
const enoughQueued = 2_000

type Page = Pick<SyncPage, 'events' | 'receipts' | 'checkpoint'>

/** The parts through which everything goes, and what is common to pages and live events. */
const createParts = (deps: InboundDeps) => {
  const { delivery, connection, position, onError } = deps
  const isLive = () => connection.state().name === 'live'
  const room = async () => {
    while (delivery.size() > enoughQueued) await delivery.idle()
  }
  const advance = (checkpoint: string) => {
    position.advance(checkpoint)
    delivery.checkpoint(checkpoint)
  }
  const settlements = createUnsettledCommands(delivery.write)
  const intakes = createEventIntakes({
    ...deps,
    onPassed: ({ stream, revision }) => settlements.reached(stream.id, revision),
    onGap: () => syncer.request(),
  })
  const take = (events: readonly WireEvent[], receipts: readonly Receipt[], source: Source) => {
    for (const event of events) intakes.offer(event, source)
    for (const receipt of receipts) delivery.receipt(receipt)
  }
  const takePage = ({ events, receipts, checkpoint }: Page) => {
    take(events, receipts, 'page')
    advance(checkpoint)
  }
  const syncer = createPageSync({
    ...{ connection, clock: deps.clock, random: deps.random, onError, isLive, room },
    ...{ checkpoint: position.newest, onPage: takePage, incomplete: intakes.isWaiting, giveUp: intakes.giveUp },
  })
  const overflow = createLiveOverflow({ queued: delivery.size, room, isLive, syncer, onError })
  return { isLive, room, advance, settlements, intakes, take, takePage, syncer, overflow }
}

type Parts = ReturnType<typeof createParts>

const createPush = ({ connection, position, inDoubt, onError }: InboundDeps, parts: Parts): Inbound['push'] => {
  const { intakes, syncer, overflow, take, takePage, advance } = parts
  /**
   * A position is valid only if everything before it was passed on; an own command in doubt may have become an event
   * already.
   */
  const isComplete = () =>
    parts.isLive() && !intakes.isWaiting() && !syncer.running() && !overflow.isOver() && !inDoubt()

  const receive: Inbound['push'] = (frame) => {
    switch (frame.type) {
      case 'events': {
        const { events, receipts = [], checkpoint } = frame
        if (checkpoint !== undefined) return takePage({ events, receipts, checkpoint })
        return overflow.isFull() ? overflow.drop() : take(events, receipts, 'live')
      }
      case 'caught_up':
        advance(frame.checkpoint)
        return connection.dispatch({ type: 'caught_up' })
      case 'heartbeat':
        if (frame.checkpoint !== undefined && frame.checkpoint !== position.newest() && isComplete())
          advance(frame.checkpoint)
        return
      case 'resync_needed':
        return syncer.request()
    }
  }
  return (frame) => {
    try {
      receive(frame)
    } catch (thrown) {
      onError(thrown)
      // The position is still before it: a sync brings what was not taken.
      syncer.request()
    }
  }
}

export const createInbound = (deps: InboundDeps): Inbound => {
  const { delivery, position } = deps
  const parts = createParts(deps)
  const { intakes, settlements, syncer } = parts
  return {
    push: createPush(deps, parts),
    own: (id, revision, event, duplicate, forget) => {
      if (event !== undefined && intakes.known(id) !== undefined) intakes.offer(event, 'own')
      const upTo = intakes.known(id)?.last ?? -1
      const isPast = duplicate && upTo === -1
      settlements.add(id, revision, isPast ? revision : upTo, forget)
      if (revision > upTo && !isPast) syncer.request()
    },
    live: () => {
      if (intakes.isWaiting()) syncer.request()
    },
    begin: ({ checkpoint, streams }) => {
      position.advance(checkpoint)
      const gone = intakes.reset(streams)
      settlements.reset()
      delivery.write(() => [
        ...gone.map((id) => streamChange(id, undefined)),
        ...[...streams].map(([id, tracked]) => streamChange(id, tracked)),
        accountChange(undefined),
        checkpointChange(checkpoint),
      ])
    },
    room: parts.room,
    knows: (id) => intakes.known(id)?.out === false,
    caughtUp: async () => {
      if (!(await syncer.untilDone())) throw new BackscrollError('disconnected')
      await delivery.processed()
    },
  }
}
