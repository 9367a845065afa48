/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { AdminAct } from '../../domain/audit/admin-acts.ts'

export interface ActRecords {
  /** For acts outside this database. An act in this database is stored in its own transaction instead. */
  keepAct(act: AdminAct): Promise<void>
  /** The acts that are not in the log yet, oldest first. */
  acts(limit: number): Promise<readonly AdminAct[]>
  settleAct(id: string): Promise<void>
}
