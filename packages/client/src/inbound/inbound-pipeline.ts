import { type Receipt, type SyncPage, syncPage, type WireEvent } from '@backscroll/protocol/server-frames'
import type { Connection, Push } from '../connection/connection.ts'
import type { Changes } from '../delivery/delivery-queue.ts'
import { createUnsettledCommands } from '../delivery/unsettled-commands.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { DecryptingDelivery } from '../protection/decrypting-delivery.ts'
import { accountChange, checkpointChange, streamChange } from '../records/client-records.ts'
import type { LoadedSnapshot } from '../rest/snapshot-pages.ts'
import { createSyncer } from '../sync/gap-syncer.ts'
import type { Position } from '../sync/position.ts'
import { createStreamIntake } from '../sync/stream-intake.ts'
import { judge, judgeAccount, type Source, type Tracked } from '../sync/stream-tracker.ts'
import type { Clock } from '../time/clock.ts'

export interface InboundDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly streams: ReadonlyMap<string, Tracked>
  /** The user's own stream. */
  readonly account: Tracked | undefined
  readonly position: Position
  readonly delivery: DecryptingDelivery
  readonly clock: Clock
  readonly random: () => number
  readonly connection: Pick<Connection, 'ask' | 'dispatch' | 'state'>
  /** The envelope of an event that this device made, if it still has it. */
  readonly ownEnvelope: (event: WireEvent) => string | undefined
  /** An event that this device made. */
  readonly onOwn: (event: WireEvent) => void
  /** Own commands were sent whose outcome is unknown. */
  readonly inDoubt: () => boolean
}

/** Everything that arrives, on its way to the application: order, gaps, and the position from which to resume. */
export interface Inbound {
  push(push: Exclude<Push, { type: 'typing_indicator' }>): void
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

/** How many events and notices may wait for the application; beyond this, live ones are dropped and synced later. */
const mostQueued = 20_000
/** Below it the next page is fetched. */
const enoughQueued = 2_000
const pageSize = 500

export const createInbound = (deps: InboundDeps): Inbound => {
  const { me, delivery, connection, position } = deps
  /** Conversations in the store, so that a snapshot can delete those that it does not name. */
  let stored = new Set(deps.streams.keys())
  /** Live events were dropped because the application is slow. */
  let overrun = false
  let dropped = false

  const settlements = createUnsettledCommands(delivery.write)
  const intake = createStreamIntake({
    judge: (tracked, event, source) => judge(tracked, event, source, me.userId),
    streams: deps.streams,
    pass: (event, tracked) => {
      const own = event.actor.userId === me.userId && event.actor.deviceId === me.deviceId
      delivery.event(event, tracked, own ? deps.ownEnvelope(event) : undefined)
      stored.add(event.stream.id)
      settlements.reached(event.stream.id, event.revision)
      if (own) deps.onOwn(event)
    },
    onGap: () => syncer.request(),
    onSkipped: (conversationId, after, before) => delivery.notice({ type: 'gap', conversationId, after, before }),
  })

  const account = createStreamIntake({
    judge: judgeAccount,
    streams: new Map(deps.account === undefined ? [] : [[me.userId, deps.account]]),
    pass: (event, tracked) => delivery.event(event, tracked, undefined),
    onGap: () => syncer.request(),
    onSkipped: () => {},
  })
  /** Events wait for missing predecessors. */
  const isWaiting = () => intake.waiting() || account.waiting()

  const isLive = () => connection.state().name === 'live'
  const room = async () => {
    while (delivery.size() > enoughQueued) await delivery.idle()
  }
  const advance = (checkpoint: string) => {
    position.advance(checkpoint)
    delivery.checkpoint(checkpoint)
  }
  const take = (events: readonly WireEvent[], receipts: readonly Receipt[], source: Source) => {
    for (const event of events) (event.stream.kind === 'conversation' ? intake : account).offer(event, source)
    for (const receipt of receipts) delivery.receipt(receipt)
  }
  const takePage = ({ events, receipts, checkpoint }: Pick<SyncPage, 'events' | 'receipts' | 'checkpoint'>) => {
    take(events, receipts, 'page')
    advance(checkpoint)
  }

  const syncer = createSyncer({
    clock: deps.clock,
    random: deps.random,
    isLive,
    checkpoint: position.newest,
    ask: (since, onPage, reject) => {
      const resolve = (result: unknown) => {
        const page = syncPage.safeParse(result)
        if (page.success) onPage(page.data)
        else reject(new BackscrollError('internal', { message: 'The answer cannot be understood' }))
      }
      connection.ask({ type: 'sync', since, limit: pageSize }, { resolve, reject })
    },
    onPage: takePage,
    room,
    incomplete: isWaiting,
    giveUp: () => {
      intake.force()
      account.force()
    },
    onLost: () => connection.dispatch({ type: 'lost_position' }),
  })

  /**
   * Until a sync has run in which nothing was dropped: a live event must not be taken for the beginning of what
   * is still missing.
   */
  const overflow = async () => {
    dropped = true
    if (overrun) return
    overrun = true
    while (dropped && isLive()) {
      dropped = false
      await room()
      await syncer.untilDone()
    }
    overrun = false
  }

  const push: Inbound['push'] = (frame) => {
    switch (frame.type) {
      case 'events': {
        const { events, receipts = [], checkpoint } = frame
        if (checkpoint !== undefined) takePage({ events, receipts, checkpoint })
        else if (overrun || delivery.size() > mostQueued) void overflow()
        else take(events, receipts, 'live')
        return
      }
      case 'caught_up':
        advance(frame.checkpoint)
        connection.dispatch({ type: 'caught_up' })
        return
      case 'heartbeat': {
        // A position is valid only if everything before it was passed on; an own command in doubt may have become an
        // event already.
        const complete = isLive() && !isWaiting() && !syncer.running() && !overrun && !deps.inDoubt()
        if (frame.checkpoint !== undefined && frame.checkpoint !== position.newest() && complete)
          advance(frame.checkpoint)
        return
      }
      case 'resync_needed':
        syncer.request()
    }
  }

  return {
    push,
    own: (id, revision, event, duplicate, forget) => {
      if (event !== undefined && intake.known(id) !== undefined) intake.offer(event, 'own')
      const upTo = intake.known(id)?.last ?? -1
      const isPast = duplicate && upTo === -1
      settlements.add(id, revision, isPast ? revision : upTo, forget)
      if (revision > upTo && !isPast) syncer.request()
    },
    live: () => {
      if (isWaiting()) syncer.request()
    },
    begin: ({ checkpoint, streams }) => {
      const gone = [...stored].filter((id) => !streams.has(id))
      stored = new Set(streams.keys())
      position.advance(checkpoint)
      intake.reset(streams)
      account.reset(new Map())
      settlements.reset()
      delivery.write(() => [
        ...gone.map((id) => streamChange(id, undefined)),
        ...[...streams].map(([id, tracked]) => streamChange(id, tracked)),
        accountChange(undefined),
        checkpointChange(checkpoint),
      ])
    },
    room,
    knows: (id) => intake.known(id)?.out === false,
    caughtUp: async () => {
      if (!(await syncer.untilDone())) throw new BackscrollError('disconnected')
      await delivery.processed()
    },
  }
}
