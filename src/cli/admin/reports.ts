import { feedbackPage, report, reportPage } from '@backscroll/protocol/rest/reports'
import type { z } from 'zod'
import { print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { type ActOptions, createAdminRequests, type ListOptions } from './admin-requests.ts'
import { dateOf, tableOf } from './admin-table.ts'

type Report = z.output<typeof report>

/** Runs `backscroll admin reports`. Exit code 1: there are reports. */
export const listReports = async (
  options: ListOptions & { readonly status: string },
  env: Environment,
): Promise<void> => {
  const items = await createAdminRequests(options, env).list(reportPage, '/admin/reports', options.limit, {
    status: options.status,
  })
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

const pathOf = (reportId: string): string => `/admin/reports/${encodeURIComponent(reportId)}`

/** Runs `backscroll admin report`. */
export const showReport = async (reportId: string, options: ActOptions, env: Environment): Promise<void> => {
  const why = options.reason === undefined ? '' : `?reason=${options.reason}`
  const found = await createAdminRequests(options, env).read(report, `${pathOf(reportId)}${why}`)
  print(options, found, textOf(found))
}

/** Runs `backscroll admin claim`. */
export const claimReport = async (reportId: string, options: ActOptions, env: Environment): Promise<void> => {
  await createAdminRequests(options, env).act('POST', `${pathOf(reportId)}/claim`, options, { body: {} })
  print(options, { reportId, ok: true }, 'It is yours.')
}

/** Runs `backscroll admin resolve`. */
export const resolveReport = async (
  reportId: string,
  options: ActOptions & { readonly outcome: string },
  env: Environment,
): Promise<void> => {
  const { outcome } = options
  const path = `${pathOf(reportId)}/resolution`
  await createAdminRequests(options, env).act('POST', path, options, { body: { outcome } })
  print(options, { reportId, ok: true }, `It is resolved: ${outcome}.`)
}

/** Runs `backscroll admin feedback`. */
export const showFeedback = async (options: ListOptions, env: Environment): Promise<void> => {
  const items = await createAdminRequests(options, env).list(feedbackPage, '/admin/feedback', options.limit)
  const rows = items.map((one) => [dateOf(one.createdAt), one.userId, one.text])
  print(options, { items }, items.length === 0 ? 'There is none.' : tableOf(['when', 'who', 'text'], rows))
}
