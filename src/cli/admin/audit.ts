import { auditPage } from '@backscroll/protocol/rest/audit'
import type { z } from 'zod'
import { print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createAdminRequests, type ListOptions } from './admin-requests.ts'
import { dateOf, tableOf } from './admin-table.ts'

type Entry = z.output<typeof auditPage>['items'][number]

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
export const showAudit = async (options: ListOptions, env: Environment): Promise<void> => {
  const items = await createAdminRequests(options, env).list(auditPage, '/admin/audit', options.limit)
  const text = tableOf(['when', 'who', 'what', 'about', 'why', 'details'], items.map(rowOf))
  print(options, { items }, items.length === 0 ? 'No admin has done anything yet.' : text)
}
