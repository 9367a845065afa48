import { openAccountsDatabase } from '../../../src/adapters/sql/database/open-postgres.ts'
import { openLogs } from '../../../src/compose/cluster/open-logs.ts'
import type { EventLogs } from '../../../src/event-log/event-logs.ts'
import type { EventLog, Position, RecordedEvent } from '../../../src/ports/event-log.ts'
import type { LoggedEvent } from '../server/log.ts'
import type { ClusterWorld } from './world.ts'

/** The logs of a cluster, as a test reads them beside the cluster's processes. */
export interface ClusterLog {
  /** To append to, past all of the server's own code. */
  readonly logs: EventLogs
  /** For each log oldest first. The body of what was deleted is null, as in a log that blanks it. */
  read(): Promise<readonly LoggedEvent[]>
  /** For each log the position of its last event. */
  heads(): Promise<readonly number[]>
  close(): Promise<void>
}

const pageSize = 1_000

const logged = (event: RecordedEvent): LoggedEvent => {
  const { position, stream, revision, id, type, at, userId, deviceId, data, body } = event
  return {
    ...{ stream, revision, id, type, at, userId, deviceId, body },
    position: Number(position),
    data: JSON.parse(data),
  }
}

/** `<stream>@<revision>` of everything whose body a deletion takes away. */
const deleted = (events: readonly RecordedEvent[]): ReadonlySet<string> => {
  const targets = new Set(
    events.flatMap(({ type, stream, target }) => (type === 'MessageDeleted' ? [`${stream}@${target}`] : [])),
  )
  const gone = events.filter(({ stream, target }) => target !== undefined && targets.has(`${stream}@${target}`))
  return new Set([...targets, ...gone.map(({ stream, revision }) => `${stream}@${revision}`)])
}

/** Answers with all of a log, and reads on from there the next time. */
const createReading = (log: EventLog) => {
  const events: RecordedEvent[] = []
  let position: Position = 0n
  let reading: Promise<void> = Promise.resolve()

  const readOn = async (): Promise<void> => {
    for (let isMore = true; isMore; ) {
      const page = await log.readAll(position, pageSize)
      events.push(...page)
      position = page.at(-1)?.position ?? position
      isMore = page.length === pageSize
    }
  }
  return async (): Promise<readonly RecordedEvent[]> => {
    reading = reading.then(readOn)
    await reading
    return events
  }
}

/** The log of a cluster whose processes have been there. */
export const openClusterLog = async (world: Pick<ClusterWorld, 'logs' | 'env'>): Promise<ClusterLog> => {
  const connectionStrings = world.logs.map(({ url }) => url)
  const accounts = await openAccountsDatabase({ url: world.env.BACKSCROLL_POSTGRES_URL ?? '' })
  const naming = { namespace: world.env.BACKSCROLL_CLUSTER, keys: accounts.bodyKeys }
  const logs = await openLogs({ connectionStrings, ...naming, onError: () => {} })
  const readings = logs.logs.map(createReading)
  return {
    logs,
    read: async () => {
      const events = (await Promise.all(readings.map((read) => read()))).flat()
      const gone = deleted(events)
      return events.map((event) => {
        const { stream, revision } = event
        return logged(gone.has(`${stream}@${revision}`) ? { ...event, body: null } : event)
      })
    },
    heads: async () => Promise.all(logs.logs.map(async (log) => Number(await log.head()))),
    close: async () => {
      await logs.close()
      await accounts.close()
    },
  }
}
