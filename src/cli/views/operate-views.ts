import { setTimeout as pause } from 'node:timers/promises'
import { done } from '@backscroll/protocol/rest/done'
import { retryResult, viewsReport } from '@backscroll/protocol/rest/views-control'
import { type JsonOption, print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests, type OperatorRequests } from '../settings/operator-requests.ts'
import { reportTable, type ShownViews } from './views-table.ts'

export interface ServerOptions extends JsonOption {
  readonly server?: string
}

const pollMs = 500

const read = (ask: OperatorRequests): Promise<ShownViews> => ask(viewsReport, '/admin/views')

/** `backscroll views list`. Exit code 0: every stream is followed; 1: streams stand still. */
export const listViews = async (options: ServerOptions, env: Environment): Promise<void> => {
  const report = await read(createOperatorRequests(options.server, env))
  print(options, report, reportTable(report))
  if (report.parkedCount > 0) process.exitCode = 1
}

const untilBuilt = async (ask: OperatorRequests): Promise<ShownViews> => {
  for (;;) {
    const report = await read(ask)
    if (report.rebuilding.length === 0) return report
    await pause(pollMs)
  }
}

const generationsOf = ({ views }: ShownViews): ReadonlyMap<string, string> =>
  new Map(views.map(({ view, generation }) => [view, generation]))

/** `backscroll views rebuild`. Exit code 0: the new generations are served; 1: those of before are. */
export const rebuildViews = async (
  names: readonly string[],
  options: ServerOptions,
  env: Environment,
): Promise<void> => {
  const ask = createOperatorRequests(options.server, env)
  const before = generationsOf(await read(ask))
  await ask(done, '/admin/views/rebuild', { views: names })
  const report = await untilBuilt(ask)
  const now = generationsOf(report)
  const chosen = names.length > 0 ? names : [...now.keys()]
  const failed = chosen.filter((name) => now.get(name) === before.get(name))
  const text = failed.length === 0 ? 'They are served now.' : 'Not rebuilt, see the log of the server:'
  print(options, { ...report, failed }, `${reportTable(report)}\n${text} ${failed.join(', ')}`.trimEnd())
  if (failed.length > 0) process.exitCode = 1
}

/** `backscroll views retry`. Exit code 0: the stream is followed again; 1: it had to be parked again. */
export const retryStream = async (stream: string, options: ServerOptions, env: Environment): Promise<void> => {
  const ask = createOperatorRequests(options.server, env)
  const { parked } = await ask(retryResult, '/admin/views/retry', { stream })
  const error = parked ? (await read(ask)).parked.find((each) => each.stream === stream)?.error : undefined
  const text = parked ? `It had to be parked again: ${error ?? 'see `backscroll views list`'}` : 'It is followed again.'
  print(options, { stream, parked, ...(error !== undefined && { error }) }, text)
  if (parked) process.exitCode = 1
}
