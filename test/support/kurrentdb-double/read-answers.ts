import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { ReadResp as Answer } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { StoredEvent } from './stored-event.ts'

const { ReadResp } = streams

/** The end of a stream stands beyond all its revisions. */
const revisionOf = ({ type, revision }: StoredEvent): string =>
  type === '$streamDeleted' ? '9223372036854775807' : String(revision)

const recorded = (event: StoredEvent): Answer.ReadEvent.RecordedEvent => {
  const position = String(event.position)
  const message = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream)))
    .setStreamRevision(revisionOf(event))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setData(event.data)
    .setCustomMetadata(event.metadata)
  message
    .getMetadataMap()
    .set('type', event.type)
    .set('created', String(event.created))
    .set('content-type', event.json ? 'application/json' : 'application/octet-stream')
  return message
}

export const eventAnswer = (event: StoredEvent): Answer =>
  new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(recorded(event)).setCommitPosition(String(event.position)))

export const notFoundAnswer = (stream: string): Answer =>
  new ReadResp().setStreamNotFound(
    new ReadResp.StreamNotFound().setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream))),
  )

export const confirmationAnswer = (id: string): Answer =>
  new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(id))

export const checkpointAnswer = (position: bigint): Answer =>
  new ReadResp().setCheckpoint(
    new ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position)),
  )

export const caughtUpAnswer = (): Answer => new ReadResp().setCaughtUp(new ReadResp.CaughtUp())
