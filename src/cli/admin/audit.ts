import { limits } from '@backscroll/protocol/limits'
import { auditPage } from '@backscroll/protocol/rest/audit'
import type { z } from 'zod'
import { print } from '../output.ts'
import { createProgress } from '../progress.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests } from '../settings/operator-requests.ts'
import type { ServerOptions } from '../views/operate-views.ts'
import { dateOf, tableOf } from './admin-table.ts'

type Entry = z.output<typeof auditPage>['items'][number]

export interface AuditOptions extends ServerOptions {
  readonly limit: number
}

const readEntries = async (options: AuditOptions, env: Environment): Promise<readonly Entry[]> => {
  const ask = createOperatorRequests(options.server, env)
  const progress = createProgress(options, process.stderr, Date.now)
  const report = progress.stage('entries', options.limit)
  const entries: Entry[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(limits.page.maximum, options.limit - entries.length)
    const next = cursor === undefined ? '' : `&cursor=${cursor}`
    const page = await ask(auditPage, `/admin/audit?limit=${limit}${next}`)
    entries.push(...page.items)
    report(entries.length)
    cursor = page.cursor
  } while (cursor !== undefined && entries.length < options.limit)
  progress.end()
  return entries
}

const known = new Set(['id', 'at', 'by', 'act', 'userId', 'reason'])

/** The remaining fields of an act, for example the new roles. */
const otherFields = (entry: Entry): string =>
  Object.entries(entry)
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => `${name}: ${name === 'until' ? dateOf(Number(value)) : value}`)
    .join(', ')

const rowOf = (entry: Entry) => [
  dateOf(entry.at),
  entry.by === null ? 'the server' : `${entry.by.userId}/${entry.by.deviceId}`,
  entry.act,
  entry.userId ?? '',
  entry.reason ?? '',
  otherFields(entry),
]

/** Runs `backscroll admin audit`. */
export const showAudit = async (options: AuditOptions, env: Environment): Promise<void> => {
  const items = await readEntries(options, env)
  const text = tableOf(['when', 'who', 'what', 'about', 'why', 'details'], items.map(rowOf))
  print(options, { items }, items.length === 0 ? 'No admin has done anything yet.' : text)
}
