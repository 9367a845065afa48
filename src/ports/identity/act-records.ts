/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { AdminAct } from '../../domain/audit/admin-acts.ts'

export interface ActRecords {
  /** For what is not done in this database. What is done here takes the act along, in its own transaction. */
  keepAct(act: AdminAct): Promise<void>
  /** Those that the log has not been told, oldest first. */
  acts(limit: number): Promise<readonly AdminAct[]>
  settleAct(id: string): Promise<void>
}
