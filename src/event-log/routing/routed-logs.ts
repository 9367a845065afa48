import { createHash } from 'node:crypto'
import type { EventLog } from '../../ports/event-log.ts'
import type { EventLogs } from '../event-logs.ts'
import { createBandedLog } from './banded-log.ts'
import { createLogHeads } from './log-heads.ts'
import { createLogOf, ownersOf, type SlotMap } from './slot-map.ts'

/** Changes as soon as a log has another life, or other slots. */
const epochOf = (logs: readonly EventLog[], { version, set }: SlotMap): string =>
  createHash('sha256')
    .update(JSON.stringify([set, version, logs.map(({ epoch }) => epoch)]))
    .digest('hex')
    .slice(0, 32)

export interface RoutedLogsOptions {
  /** How long to wait for a log, in milliseconds, before the others go on without it. Default 1,500. */
  readonly patienceMs?: number
}

/** Several logs as a set, each with the slots that the map gives it. */
export const createRoutedLogs = (
  own: readonly EventLog[],
  map: SlotMap,
  { patienceMs = 1_500 }: RoutedLogsOptions = {},
): EventLogs => {
  const owners = ownersOf(map)
  if (owners === undefined || own.length !== map.logs) throw new RangeError('the map is not one of these logs')
  const epoch = epochOf(own, map)
  const logs = own.map((log, index) => createBandedLog(log, index, epoch))
  const logOf = createLogOf(owners)
  const heads = createLogHeads(logs, patienceMs)
  const logFor = (stream: string): EventLog => {
    const log = logs[logOf(stream)]
    if (log === undefined) throw new RangeError(`no log has the stream ${stream}`)
    return log
  }
  return {
    epoch,
    ...(logs.some(({ keepsBodies }) => keepsBodies === true) && { keepsBodies: true }),
    logs,
    logOf,
    maxAppendSize: Math.min(...logs.map((log) => log.maxAppendSize)),
    append: async (stream, events, expected) => logFor(stream).append(stream, events, expected),
    readStream: async (slice) => logFor(slice.stream).readStream(slice),
    heads: heads.read,
    silent: heads.silent,
    close: async () => void (await Promise.all(logs.map((log) => log.close()))),
  }
}
