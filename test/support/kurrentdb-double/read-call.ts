import { randomUUID } from 'node:crypto'
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { EventStore } from './event-store.ts'
import type { FaultPoints } from './faults.ts'
import { type Filter, filterOf } from './filters.ts'
import { type Outlet, outletOf } from './outlet.ts'
import { streamName } from './proposals.ts'
import { caughtUpAnswer, checkpointAnswer, confirmationAnswer, eventAnswer, notFoundAnswer } from './read-answers.ts'
import { internal, refused } from './rpc-errors.ts'
import type { StoredEvent } from './stored-event.ts'

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

const read = async (store: EventStore, options: Options, outlet: Outlet): Promise<void> => {
  const count = Number(options.getCount())
  const name = streamName(options.getStream()?.getStreamIdentifier())
  const events = options.hasAll()
    ? fromAll(store, options, count, filterOf(options.getFilter()))
    : fromStream(store, options, name)?.slice(0, count)
  if (events === undefined) await outlet.send(notFoundAnswer(name))
  for (const event of events ?? []) if (!(await outlet.send(eventAnswer(event)))) return
  outlet.end()
}

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

const subscribe = async (store: EventStore, options: Options, outlet: Outlet): Promise<void> => {
  const matches = wanted(options)
  const checkpointEvery = filterOf(options.getFilter())?.checkpointEvery
  let next = firstOf(store, options)
  let considered = 0
  let live = false
  let wake = () => {}
  const forget = store.onVisible(() => wake())
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

/** Read of the Streams service: pages and subscriptions, of a stream and of `$all`. `onSent` counts what is sent, of any kind. */
export const createReadCall =
  (store: EventStore, faults: FaultPoints, onSent: () => void): IStreamsServer['read'] =>
  (call) => {
    const outlet = outletOf(call, faults, onSent)
    const refusal = faults.refusal()
    if (refusal !== undefined) return outlet.fail(refused(refusal))
    const options = call.request.getOptions()
    if (options === undefined) return outlet.fail(internal('A read has no options'))
    if (options.hasSubscription()) outlet.onEnd(faults.onSilence(outlet.silence))
    const serve = options.hasSubscription() ? subscribe : read
    serve(store, options, outlet).catch((error) => outlet.fail(internal(error)))
  }
