import type { AdminAct } from '../domain/audit/admin-acts.ts'
import { auditStream } from '../domain/stream-names.ts'
import { auditRules } from './rules/audit-rules.ts'
import type { WriterDeps } from './writer/stream-writer.ts'
import { createWriters, type WritersOptions } from './writer/writer-pool.ts'

export interface AuditCommands {
  /**
   * Resolves when the act is durable in the stream of all admin acts. The act is stored once, however often this
   * is called. Rejects with a `ProtocolError` as `Commands` do.
   */
  tell(act: AdminAct): Promise<void>
  close(): Promise<void>
}

export const createAuditCommands = (deps: WriterDeps, options: WritersOptions): AuditCommands => {
  const audit = createWriters(auditRules, options, deps)
  return {
    tell: (act) => audit.submit(auditStream, act),
    close: async () => {
      await audit.settled()
      audit.close()
    },
  }
}
