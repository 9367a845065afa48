import { randomUUID } from 'node:crypto'
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { EventStore } from './event-store.ts'
import type { FaultPoints } from './faults.ts'
import { filterOf } from './filters.ts'
import type { SocketWrites } from './outlet.ts'
import { streamName } from './proposals.ts'
import { caughtUpAnswer, checkpointAnswer, confirmationAnswer, eventAnswer } from './read-answers.ts'
import { tooSlow } from './rpc-errors.ts'
import type { StoredEvent } from './stored-event.ts'

type Options = ReadReq.Options

/** Index in `$all` of the first event after the request's place, which is exclusive. */
const firstOf = (store: EventStore, options: Options): number => {
  const place = options.getAll() ?? options.getStream()
  if (place?.hasEnd() === true) return store.visible().length
  const position = options.getAll()?.getPosition()
  return position === undefined ? 0 : store.indexOf(BigInt(position.getCommitPosition()) + 1n)
}

const wanted = (options: Options): ((event: StoredEvent) => boolean) => {
  const filter = filterOf(options.getFilter())
  if (options.hasAll()) return filter?.matches ?? (() => true)
  const name = streamName(options.getStream()?.getStreamIdentifier())
  const after = options.getStream()?.hasRevision() === true ? Number(options.getStream()?.getRevision()) : -1
  return ({ stream, revision }) => stream === name && revision > after
}

export interface SubscriptionDeps {
  readonly store: EventStore
  readonly faults: Pick<FaultPoints, 'dropsAtTransition'>
  /** A live subscription whose reader makes it wait, and that then lacks more events than this, is ended. */
  readonly liveBuffer: number
}

/** A subscription of the Streams service, to a stream or to `$all`. */
export const subscribe = async (deps: SubscriptionDeps, options: Options, outlet: SocketWrites): Promise<void> => {
  const { store, faults, liveBuffer } = deps
  const matches = wanted(options)
  const checkpointEvery = filterOf(options.getFilter())?.checkpointEvery
  let next = firstOf(store, options)
  let considered = 0
  let live = false
  let wake = () => {}
  const forget = store.onVisible(() => {
    wake()
    if (live && outlet.waits() && store.visible().length - next > liveBuffer) outlet.fail(tooSlow('live'))
  })
  outlet.onEnd(() => {
    forget()
    wake()
  })
  await outlet.send(confirmationAnswer(randomUUID()))
  while (outlet.open()) {
    const event = store.visible()[next]
    if (event === undefined) {
      const last = store.visible()[next - 1]
      if (!live && checkpointEvery !== undefined && last !== undefined)
        await outlet.send(checkpointAnswer(last.position))
      if (!live && faults.dropsAtTransition()) return outlet.fail(tooSlow('transitioning'))
      if (!live) await outlet.send(caughtUpAnswer())
      live = true
      const more = new Promise<void>((resolve) => (wake = resolve))
      if (store.visible()[next] === undefined && outlet.open()) await more
    } else {
      next += 1
      considered += 1
      if (matches(event)) await outlet.send(eventAnswer(event))
      if (checkpointEvery !== undefined && considered % checkpointEvery === 0)
        await outlet.send(checkpointAnswer(event.position))
    }
  }
}
