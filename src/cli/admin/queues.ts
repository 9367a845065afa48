import { queuesReport } from '@backscroll/protocol/rest/queues'
import type { z } from 'zod'
import { print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import type { ServerOptions } from '../views/operate-views.ts'
import { createAdminRequests } from './admin-requests.ts'
import { dateOf, tableOf } from './admin-table.ts'

type Report = z.output<typeof queuesReport>

const viewsRows = ({ views }: Report): readonly (readonly string[])[] => {
  if (views === null) return [['views', 'no process that runs them answers']]
  const { behind, rebuilding, parkedStreams } = views
  return [
    ['positions that views are behind', behind],
    ['views that are being rebuilt', String(rebuilding)],
    ['streams that views have parked', String(parkedStreams)],
  ]
}

const queueRows = (report: Report): readonly (readonly string[])[] => {
  const { reactions, files, reports } = report
  return [
    ...viewsRows(report),
    ['streams whose reactions are parked', String(reactions.parkedStreams)],
    ['uploads in progress', `${files.uploads}, ${files.receivedBytes} bytes so far`],
    ['files to remove', String(files.toRemove)],
    ['reports', `${reports.open} open, ${reports.claimed} claimed`],
  ]
}

const pushRows = ({ push }: Report) =>
  push.map(({ kind, due, later, oldest }) => [
    ...[kind, String(due), String(later), oldest === null ? '' : dateOf(oldest)],
  ])

const processRows = ({ processes }: Report) =>
  processes.map(({ processId, roles, connections, transfers, waitingReads, unreadBytes }) => [
    processId,
    roles.length === 0 ? 'all' : roles.join(', '),
    ...[connections, transfers, waitingReads, unreadBytes].map(String),
  ])

const limitRows = ({ limits }: Report) =>
  limits.map(({ name, burst, everyMs }) => [name, String(burst), String(Math.round((1000 / everyMs) * 3_600))])

const textOf = (report: Report): string =>
  [
    tableOf(['queue', 'waiting'], queueRows(report)),
    ...(report.push.length === 0
      ? ['No device waits to be woken.']
      : [tableOf(['wake-ups by', 'due', 'later', 'oldest due since'], pushRows(report))]),
    tableOf(['process', 'roles', 'connections', 'transfers', 'waiting reads', 'unread bytes'], processRows(report)),
    tableOf(['limit of a user or address', 'at once', 'an hour'], limitRows(report)),
  ].join('\n')

/** Runs `backscroll admin queues`. */
export const showQueues = async (options: ServerOptions, env: Environment): Promise<void> => {
  const report = await createAdminRequests(options, env).read(queuesReport, '/admin/queues')
  print(options, report, textOf(report))
}
