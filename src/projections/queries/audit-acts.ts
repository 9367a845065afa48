import { decodeAuditEvent } from '../../codec/audit-codec.ts'
import type { ActFacts, ActName } from '../../domain/audit/admin-acts.ts'
import type { Actor } from '../../domain/ids.ts'
import { auditStream } from '../../domain/stream-names.ts'
import type { StreamReader } from '../../event-log/event-logs.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { decodeCursor, encodeCursor } from '../reading/list-cursor.ts'
import { type Page, type PageRequest, toPage } from '../reading/list-page.ts'

export interface AuditEntry extends ActFacts {
  readonly id: string
  readonly at: number
  readonly by: Actor | null
  readonly act: ActName
}

const entryOf = (event: RecordedEvent): AuditEntry => {
  const { at, actor, data } = decodeAuditEvent(event)
  return { id: event.id, at, by: actor, ...data }
}

const scope = ['audit']

/** Lists the acts of admins, newest first, directly from the log. The caller has checked that an admin asks. */
export const createAuditActs =
  (log: StreamReader) =>
  async ({ cursor, limit }: PageRequest): Promise<Page<AuditEntry>> => {
    const [before] = cursor === undefined ? [] : decodeCursor(scope, cursor, ['integer'])
    if (before === 0) return { items: [] }
    const from = before === undefined ? {} : { from: Number(before) - 1 }
    const found = await log.readStream({ stream: auditStream, direction: 'backwards', limit: limit + 1, ...from })
    return toPage(found, limit, entryOf, ({ revision }) => encodeCursor(scope, [revision]))
  }
