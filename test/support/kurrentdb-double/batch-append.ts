import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { Status as StatusMessage } from '@eventstore/db-client/generated/status_pb.js'
import statuses from '@eventstore/db-client/generated/status_pb.js'
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { BatchAppendResp as Answer, BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import anys from 'google-protobuf/google/protobuf/any_pb.js'
import empties from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Appended, EventStore } from './event-store.ts'
import type { FaultPoints } from './faults.ts'
import { expectation, proposedEvent, streamName } from './proposals.ts'
import type { Rights } from './rights.ts'
import { refused, unavailable } from './rpc-errors.ts'
import type { Expected, ProposedEvent } from './stored-event.ts'

const { BatchAppendResp } = streams

/** An append that is still coming in. */
interface Incoming {
  readonly stream: string
  readonly expected: Expected
  readonly events: ProposedEvent[]
}

const packed = (message: { serializeBinary(): Uint8Array }, name: string, text: string): StatusMessage => {
  const details = new anys.Any()
  details.pack(message.serializeBinary(), `event_store.client.${name}`)
  return new statuses.Status().setCode(9).setMessage(text).setDetails(details)
}

const conflict = (expected: Expected, current: number): StatusMessage => {
  const wrong = new shared.WrongExpectedVersion()
  if (expected === 'any') wrong.setExpectedAny(new empties.Empty())
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new empties.Empty())
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new empties.Empty())
  else wrong.setExpectedStreamPosition(String(expected))
  if (current < 0) wrong.setCurrentNoStream(new empties.Empty())
  else wrong.setCurrentStreamRevision(String(current))
  return packed(wrong, 'WrongExpectedVersion', 'Wrong Expected Version')
}

/** What the sender of an append may not do has an answer of its own. */
const accessDenied = { result: 'access_denied' } as const

type Refused = Exclude<Appended, { readonly last: unknown }> | typeof accessDenied

const failure = (expected: Expected, appended: Refused): StatusMessage => {
  if (appended.result === 'wrong_expected_version') return conflict(expected, appended.current)
  if (appended.result === 'stream_deleted') return packed(new shared.StreamDeleted(), 'StreamDeleted', 'Stream Deleted')
  if (appended.result === 'access_denied') return packed(new shared.AccessDenied(), 'AccessDenied', 'Access Denied')
  const size = new shared.MaximumAppendSizeExceeded().setMaxappendsize(appended.limit)
  return packed(size, 'MaximumAppendSizeExceeded', 'Maximum Append Size Exceeded')
}

const answerTo = (request: BatchAppendReq, { stream, expected }: Incoming, appended: Appended | Refused): Answer => {
  const answer = new BatchAppendResp()
    .setCorrelationId(request.getCorrelationId())
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
  if (!('last' in appended)) return answer.setError(failure(expected, appended))
  const { position, revision } = appended.last
  const all = new shared.AllStreamPosition().setCommitPosition(String(position)).setPreparePosition(String(position))
  return answer.setSuccess(new BatchAppendResp.Success().setCurrentRevision(String(revision)).setPosition(all))
}

/** BatchAppend of the Streams service: many appends on one call, each answered under its own correlation id. */
export const createBatchAppend =
  (store: EventStore, faults: FaultPoints, rights: Rights): IStreamsServer['batchAppend'] =>
  (call) => {
    const incoming = new Map<string, Incoming>()
    let open = true
    const close = () => {
      open = false
      forget()
    }
    const forget = faults.onHalfClose(() => {
      close()
      call.end()
    })
    const fail = (error: object) => {
      close()
      call.emit('error', error)
    }

    const store1 = async (request: BatchAppendReq, append: Incoming): Promise<void> => {
      const refusal = faults.refusal()
      if (refusal !== undefined) return fail(refused(refusal))
      await faults.flowing()
      const isDenied = rights.refusal(call.metadata, append.stream, '$w') !== undefined
      const appended = isDenied ? accessDenied : await store.append(append.stream, append.events, append.expected)
      await faults.flowing()
      const fate = 'last' in appended ? faults.answer() : 'send'
      if (!open || fate === 'silence') return
      if (fate === 'cut') fail(unavailable())
      else call.write(answerTo(request, append, appended))
    }

    call.on('data', (request: BatchAppendReq) => {
      const id = request.getCorrelationId()?.getString() ?? ''
      const options = request.getOptions()
      const append = incoming.get(id) ?? {
        stream: streamName(options?.getStreamIdentifier()),
        expected: options === undefined ? 'any' : expectation(options, options.getStreamPosition()),
        events: [],
      }
      append.events.push(...request.getProposedMessagesList().map(proposedEvent))
      incoming.set(id, append)
      if (!request.getIsFinal()) return
      incoming.delete(id)
      store1(request, append).catch(fail)
    })
    call.on('end', () => {
      if (open) call.end()
      close()
    })
    call.on('cancelled', close)
    call.on('error', close)
  }
