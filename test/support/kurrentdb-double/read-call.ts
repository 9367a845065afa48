import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { EventStore } from './event-store.ts'
import type { FaultPoints } from './faults.ts'
import { type Filter, filterOf } from './filters.ts'
import { outletOf, type SocketWrites } from './outlet.ts'
import { streamName } from './proposals.ts'
import { eventAnswer, notFoundAnswer } from './read-answers.ts'
import type { Rights } from './rights.ts'
import { internal, refused, streamDeleted, tooSlow } from './rpc-errors.ts'
import type { StoredEvent } from './stored-event.ts'
import { type SubscriptionDeps, subscribe } from './subscribe.ts'

type Options = ReadReq.Options

const backwards = (options: Options): boolean => options.getReadDirection() === 1

/** Events of one stream in the order and from the revision of the request; undefined when the stream does not exist. */
const fromStream = (store: EventStore, options: Options, name: string): readonly StoredEvent[] | undefined => {
  const stream = store.stream(name)
  const place = options.getStream()
  if (stream === undefined || place === undefined) return stream
  const revision = place.hasRevision() ? Number(place.getRevision()) : undefined
  if (!backwards(options)) {
    if (place.hasEnd()) return []
    return revision === undefined ? stream : stream.filter((event) => event.revision >= revision)
  }
  if (place.hasStart()) return stream.slice(0, 1)
  const upTo = revision === undefined ? stream : stream.filter((event) => event.revision <= revision)
  return upTo.toReversed()
}

/** Forwards from the event at the position, backwards from the one before it. */
const fromAll = (store: EventStore, options: Options, count: number, filter: Filter | undefined): StoredEvent[] => {
  const all = store.visible()
  const place = options.getAll()
  const atEnd = place?.hasEnd() === true
  const start = place?.hasPosition() === true ? store.indexOf(BigInt(place.getPosition()?.getCommitPosition() ?? 0)) : 0
  const events: StoredEvent[] = []
  const take = (event: StoredEvent | undefined) => {
    if (event !== undefined && (filter === undefined || filter.matches(event))) events.push(event)
  }
  if (backwards(options)) {
    for (let at = (atEnd ? all.length : start) - 1; at >= 0 && events.length < count; at--) take(all[at])
  } else {
    for (let at = atEnd ? all.length : start; at < all.length && events.length < count; at++) take(all[at])
  }
  return events
}

const read = async (store: EventStore, options: Options, outlet: SocketWrites): Promise<void> => {
  const count = Number(options.getCount())
  const name = streamName(options.getStream()?.getStreamIdentifier())
  const events = options.hasAll()
    ? fromAll(store, options, count, filterOf(options.getFilter()))
    : fromStream(store, options, name)?.slice(0, count)
  if (events === undefined) await outlet.send(notFoundAnswer(name))
  for (const event of events ?? []) if (!(await outlet.send(eventAnswer(event)))) return
  outlet.end()
}

export interface ReadDeps extends SubscriptionDeps {
  readonly faults: FaultPoints
  readonly rights: Rights
  /** Counts what is sent, of any kind. */
  readonly onSent: () => void
  readonly onSubscribed: () => void
}

/** Read of the Streams service: pages and subscriptions, of a stream and of `$all`. */
export const createReadCall = (deps: ReadDeps): IStreamsServer['read'] => {
  const { store, faults, rights, onSent, onSubscribed } = deps
  return (call) => {
    const outlet = outletOf(call, faults, onSent)
    const refusal = faults.refusal()
    if (refusal !== undefined) return outlet.fail(refused(refusal))
    const options = call.request.getOptions()
    if (options === undefined) return outlet.fail(internal('A read has no options'))
    const name = options.hasAll() ? '$all' : streamName(options.getStream()?.getStreamIdentifier())
    const denial = rights.refusal(call.metadata, name, '$r')
    if (denial !== undefined) return outlet.fail(denial)
    if (store.isEnded(name)) return outlet.fail(streamDeleted(name))
    if (options.hasSubscription()) {
      onSubscribed()
      outlet.onEnd(faults.onSilence(outlet.silence))
      outlet.onEnd(faults.onDropSlow(() => outlet.fail(tooSlow('live'))))
    }
    const serving = options.hasSubscription() ? subscribe(deps, options, outlet) : read(store, options, outlet)
    serving.catch((error) => outlet.fail(internal(error)))
  }
}
