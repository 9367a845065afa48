import { limits } from '@backscroll/protocol/limits'
import { done } from '@backscroll/protocol/rest/done'
import { feedbackPage, report, reportPage } from '@backscroll/protocol/rest/reports'
import type { z } from 'zod'
import { print } from '../output.ts'
import { createProgress } from '../progress.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests } from '../settings/operator-requests.ts'
import type { ServerOptions } from '../views/operate-views.ts'
import { dateOf, tableOf } from './admin-table.ts'

export interface ListOptions extends ServerOptions {
  readonly limit: number
}

export interface WorkOptions extends ServerOptions {
  readonly reason?: string
}

type Report = z.output<typeof report>

/** Reads all pages of a list, up to the limit. */
const readAll = async <Item>(
  schema: z.ZodType<{ readonly items: readonly Item[]; readonly cursor?: string | undefined }>,
  path: string,
  options: ListOptions,
  env: Environment,
): Promise<readonly Item[]> => {
  const ask = createOperatorRequests(options.server, env)
  const progress = createProgress(options, process.stderr, Date.now)
  const told = progress.stage('entries', options.limit)
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(limits.page.maximum, options.limit - items.length)
    const page = await ask(schema, `${path}limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`)
    items.push(...page.items)
    told(items.length)
    cursor = page.cursor
  } while (cursor !== undefined && items.length < options.limit)
  progress.end()
  return items
}

/** Runs `backscroll admin reports`. Exit code 1: there are reports. */
export const listReports = async (
  options: ListOptions & { readonly status: string },
  env: Environment,
): Promise<void> => {
  const items = await readAll(reportPage, `/admin/reports?status=${options.status}&`, options, env)
  const rows = items.map((one) => [
    ...[one.reportId, dateOf(one.createdAt), one.kind, one.userId ?? one.conversationId ?? '', one.reason],
    ...[one.handledBy ?? '', one.outcome ?? ''],
  ])
  const text = tableOf(['report', 'when', 'of', 'about', 'why', 'handled by', 'outcome'], rows)
  print(options, { items }, items.length === 0 ? 'There are none.' : text)
  if (items.length > 0) process.exitCode = 1
}

const compared = (same: boolean | null): string =>
  same === null ? 'not compared' : same ? 'the same as in the log' : 'NOT the one in the log'

const textOf = (one: Report): string => {
  const facts = [
    ['report', one.reportId],
    ['when', dateOf(one.createdAt)],
    ['by', one.reporterId],
    ['about', one.userId ?? 'a conversation'],
    ['conversation', one.conversationId ?? ''],
    ['why', one.reason],
    ['in the words of the reporter', one.note ?? ''],
    ['status', one.status],
    ['handled by', one.handledBy ?? ''],
    ['outcome', one.outcome ?? ''],
  ]
  const rows = one.messages.map((each) => [
    ...[each.senderId, dateOf(each.sentAt), compared(each.sameCiphertext), each.text],
  ])
  const head = ['sent by (log)', 'at (log)', 'ciphertext', 'says, by the word of the reporter']
  return rows.length === 0 ? tableOf([], facts) : `${tableOf([], facts)}\n${tableOf(head, rows)}`
}

const why = ({ reason }: WorkOptions): string => (reason === undefined ? '' : `?reason=${reason}`)
const pathOf = (reportId: string): string => `/admin/reports/${encodeURIComponent(reportId)}`

/** Runs `backscroll admin report`. */
export const showReport = async (reportId: string, options: WorkOptions, env: Environment): Promise<void> => {
  const found = await createOperatorRequests(options.server, env)(report, `${pathOf(reportId)}${why(options)}`)
  print(options, found, textOf(found))
}

/** Runs `backscroll admin claim`. */
export const claimReport = async (reportId: string, options: WorkOptions, env: Environment): Promise<void> => {
  await createOperatorRequests(options.server, env)(done, `${pathOf(reportId)}/claim${why(options)}`, {})
  print(options, { reportId, ok: true }, 'It is yours.')
}

/** Runs `backscroll admin resolve`. */
export const resolveReport = async (
  reportId: string,
  options: WorkOptions & { readonly outcome: string },
  env: Environment,
): Promise<void> => {
  const { outcome } = options
  const ask = createOperatorRequests(options.server, env)
  await ask(done, `${pathOf(reportId)}/resolution${why(options)}`, { outcome })
  print(options, { reportId, ok: true }, `It is resolved: ${outcome}.`)
}

/** Runs `backscroll admin feedback`. */
export const showFeedback = async (options: ListOptions, env: Environment): Promise<void> => {
  const items = await readAll(feedbackPage, '/admin/feedback?', options, env)
  const rows = items.map((one) => [dateOf(one.createdAt), one.userId, one.text])
  print(options, { items }, items.length === 0 ? 'There is none.' : tableOf(['when', 'who', 'text'], rows))
}
