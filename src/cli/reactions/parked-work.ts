import { reactionsReport } from '@backscroll/protocol/rest/parked-reactions'
import { retryResult } from '@backscroll/protocol/rest/views-control'
import Table from 'cli-table3'
import type { z } from 'zod'
import { print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests, type OperatorRequests } from '../settings/operator-requests.ts'
import type { ServerOptions } from '../views/operate-views.ts'
import { printable } from '../views/views-table.ts'

type Report = z.output<typeof reactionsReport>

const read = (ask: OperatorRequests): Promise<Report> => ask(reactionsReport, '/admin/reactions')

const tableOf = ({ parked, parkedCount }: Report): string => {
  if (parkedCount === 0) return 'Nothing is parked.'
  const head = ['process', 'parked stream', 'at revision', 'type', 'tries', 'last', 'why']
  const table = new Table({ head, style: { head: [], border: [] } })
  for (const { process: name, stream, revision, type, attempts, at, error } of parked)
    table.push([name, stream, revision ?? '', type, attempts, new Date(at).toISOString(), printable(error)])
  const more = parkedCount - parked.length
  return more > 0 ? `${table}\nand ${more} more.` : table.toString()
}

/** `backscroll reactions list`. Exit code 0: nothing is parked; 1: something is. */
export const listReactions = async (options: ServerOptions, env: Environment): Promise<void> => {
  const report = await read(createOperatorRequests(options.server, env))
  print(options, report, tableOf(report))
  if (report.parkedCount > 0) process.exitCode = 1
}

/** `backscroll reactions retry`. Exit code 0: everything is done; 1: it had to be parked again. */
export const retryReactions = async (
  name: string,
  stream: string,
  options: ServerOptions,
  env: Environment,
): Promise<void> => {
  const ask = createOperatorRequests(options.server, env)
  const { parked } = await ask(retryResult, '/admin/reactions/retry', { process: name, stream })
  const still = parked ? (await read(ask)).parked : []
  const error = still.find((each) => each.process === name && each.stream === stream)?.error
  const text = parked
    ? `It had to be parked again: ${error ?? 'see `backscroll reactions list`'}`
    : 'All of it is done.'
  print(options, { process: name, stream, parked, ...(error !== undefined && { error }) }, text)
  if (parked) process.exitCode = 1
}
