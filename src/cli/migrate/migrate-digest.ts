import { createHash } from 'node:crypto'
import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'
import { pagesOfLogs } from './migrate-pages.ts'

export interface StreamDigest {
  readonly events: number
  /** Over each event and the digest before it, so it covers their order too. */
  readonly hash: Buffer
}

export interface LogDigest {
  readonly events: number
  readonly streams: ReadonlyMap<string, StreamDigest>
}

/** Everything of an event but its position. The data is compared as JSON, because a log may store it as an object. */
const factsOf = (event: RecordedEvent): string => {
  const { id, revision, type, version, at, userId, deviceId, target = null, data, body } = event
  return JSON.stringify([id, revision, type, version, at, userId, deviceId, target, JSON.parse(data), body])
}

const after = (before: StreamDigest | undefined, event: RecordedEvent): StreamDigest => {
  const hash = createHash('sha256')
  if (before !== undefined) hash.update(before.hash)
  return { events: (before?.events ?? 0) + 1, hash: hash.update(factsOf(event)).digest() }
}

export const digestLogs = async (
  logs: readonly EventReader[],
  onProgress: (events: number) => void,
): Promise<LogDigest> => {
  const streams = new Map<string, StreamDigest>()
  let events = 0
  for await (const page of pagesOfLogs(logs)) {
    for (const event of page) streams.set(event.stream, after(streams.get(event.stream), event))
    events += page.length
    onProgress(events)
  }
  return { events, streams }
}

/** Streams that are missing or different on one side. */
export const differingStreams = (a: LogDigest, b: LogDigest): readonly string[] => {
  const names = new Set([...a.streams.keys(), ...b.streams.keys()])
  return [...names].filter((name) => {
    const [one, other] = [a.streams.get(name), b.streams.get(name)]
    return one === undefined || other === undefined || !one.hash.equals(other.hash)
  })
}
