import { openKurrentLog } from '../../src/adapters/kurrentdb/open-kurrent-log.ts'
import type { EventLog, Position, RecordedEvent } from '../../src/ports/event-log.ts'
import type { ClusterWorld } from './cluster-world.ts'
import type { LoggedEvent } from './server-log.ts'

/** The log of a cluster, as a test reads it beside the cluster's processes. */
export interface ClusterLog {
  /** To append to, past all of the server's own code. */
  readonly log: EventLog
  /** Oldest first. The body of what was deleted is null, as in a log that blanks it. */
  read(): Promise<readonly LoggedEvent[]>
  head(): Promise<number>
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

export const openClusterLog = async ({ log: server, env }: Pick<ClusterWorld, 'log' | 'env'>): Promise<ClusterLog> => {
  const log = await openKurrentLog({ connectionString: server.url, namespace: env.BACKSCROLL_CLUSTER })
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

  return {
    log,
    read: async () => {
      reading = reading.then(readOn)
      await reading
      const gone = deleted(events)
      return events.map((event) => {
        const { stream, revision } = event
        return logged(gone.has(`${stream}@${revision}`) ? { ...event, body: null } : event)
      })
    },
    head: async () => Number(await log.head()),
    close: () => log.close(),
  }
}
