import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { AppendResp as Answer, AppendReq } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Metadata } from '@grpc/grpc-js'
import type { Appended, EventStore } from './event-store.ts'
import type { FaultPoints } from './faults.ts'
import { expectation, proposedEvent, streamName } from './proposals.ts'
import type { Rights } from './rights.ts'
import { internal, refused, unavailable, writeError } from './rpc-errors.ts'
import type { Expected, ProposedEvent } from './stored-event.ts'

const { AppendResp, DeleteResp, TombstoneResp } = streams

type Happened = Extract<Appended, { readonly last: unknown }>
type Conflict = Extract<Appended, { readonly current: number }>

const success = ({ last }: Happened): Answer => {
  const position = new AppendResp.Position()
  position.setCommitPosition(String(last.position)).setPreparePosition(String(last.position))
  return new AppendResp().setSuccess(
    new AppendResp.Success().setCurrentRevision(String(last.revision)).setPosition(position),
  )
}

const conflict = (expected: Expected, { current }: Conflict): Answer => {
  const wrong = new AppendResp.WrongExpectedVersion()
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty())
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty())
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty())
  else wrong.setExpectedRevision(String(expected))
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty())
  else wrong.setCurrentRevision(String(current))
  return new AppendResp().setWrongExpectedVersion(wrong)
}

/** Append, Delete and Tombstone of the Streams service. */
export const createWriteCalls = (
  store: EventStore,
  faults: FaultPoints,
  rights: Rights,
): Pick<IStreamsServer, 'append' | 'delete' | 'tombstone'> => {
  const append: IStreamsServer['append'] = (call, callback) => {
    let options: AppendReq.Options | undefined
    const events: ProposedEvent[] = []

    const serve = async (): Promise<void> => {
      const refusal = faults.refusal()
      if (refusal !== undefined) return callback(refused(refusal))
      await faults.flowing()
      if (options === undefined || call.cancelled) return
      const stream = streamName(options.getStreamIdentifier())
      const denial = rights.refusal(call.metadata, stream, '$w')
      if (denial !== undefined) return callback(denial)
      const expected = expectation(options, options.getRevision())
      const appended = await store.append(stream, events, expected)
      await faults.flowing()
      if (appended.result === 'wrong_expected_version') return callback(null, conflict(expected, appended))
      if (!('last' in appended)) return callback(writeError(stream, expected, appended) ?? null)
      const fate = faults.answer()
      if (fate === 'send') callback(null, success(appended))
      if (fate === 'cut') callback(unavailable())
    }

    call.on('data', (request: AppendReq) => {
      options ??= request.getOptions()
      const message = request.getProposedMessage()
      if (message !== undefined) events.push(proposedEvent(message))
    })
    call.on('end', () => void serve().catch((error) => callback(internal(error))))
  }

  const deletion =
    (kind: 'delete' | 'tombstone') =>
    async (
      sender: Metadata,
      options: AppendReq.Options | undefined,
    ): Promise<{ error: ReturnType<typeof writeError> }> => {
      const stream = streamName(options?.getStreamIdentifier())
      const denial = rights.refusal(sender, stream, '$d')
      if (denial !== undefined) return { error: denial }
      const expected = options === undefined ? 'any' : expectation(options, options.getRevision())
      await faults.flowing()
      return { error: writeError(stream, expected, await store[kind](stream, expected)) }
    }

  return {
    append,
    delete: (call, callback) =>
      void deletion('delete')(call.metadata, call.request.getOptions()).then(
        ({ error }) => callback(error ?? null, new DeleteResp().setNoPosition(new shared.Empty())),
        (error) => callback(internal(error)),
      ),
    tombstone: (call, callback) =>
      void deletion('tombstone')(call.metadata, call.request.getOptions()).then(
        ({ error }) => callback(error ?? null, new TombstoneResp().setNoPosition(new shared.Empty())),
        (error) => callback(internal(error)),
      ),
  }
}
