/** An event as a client proposes it. */
export interface ProposedEvent {
  readonly id: string
  readonly type: string
  /** Content type `application/json`; otherwise `application/octet-stream`. */
  readonly json: boolean
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

/** An event as the server keeps it. */
export interface StoredEvent extends ProposedEvent {
  readonly stream: string
  readonly revision: number
  /** Where its record begins in the log: like an offset in bytes, so positions have gaps. */
  readonly position: bigint
  /** Ticks of 100 ns since the year 1, as the server gives them. */
  readonly created: bigint
}

export type Expected = number | 'any' | 'no_stream' | 'stream_exists'

/** Bytes that the server counts against its limit on an append. */
export const sizeOf = ({ type, data, metadata }: ProposedEvent): number => type.length + data.length + metadata.length

const overhead = 90

export const endOf = (event: StoredEvent): bigint =>
  event.position + BigInt(overhead + event.stream.length + sizeOf(event))

const ticksAtUnixEpoch = 621_355_968_000_000_000n

export const ticksNow = (): bigint => ticksAtUnixEpoch + BigInt(Date.now()) * 10_000n

/** The line that a journal keeps of an event. */
export const toLine = (event: StoredEvent): string =>
  `${JSON.stringify([
    event.stream,
    event.revision,
    String(event.position),
    event.id,
    event.type,
    event.json,
    Buffer.from(event.data).toString('base64'),
    Buffer.from(event.metadata).toString('base64'),
    String(event.created),
  ])}\n`

export const fromLine = (line: string): StoredEvent => {
  const [stream, revision, position, id, type, json, data, metadata, created] = JSON.parse(line)
  return {
    stream,
    revision,
    position: BigInt(position),
    id,
    type,
    json,
    data: Buffer.from(data, 'base64'),
    metadata: Buffer.from(metadata, 'base64'),
    created: BigInt(created),
  }
}
