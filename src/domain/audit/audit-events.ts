import type { Actor } from '../ids.ts'
import type { ActFacts, ActName } from './admin-acts.ts'

/**
 * Stream `audit-acts`: the acts of admins, in the order in which they reached the log. Only admins may read it: it
 * is sent to nobody, and no view folds it.
 */
export interface AdminActed {
  readonly type: 'AdminActed'
  readonly at: number
  readonly actor: Actor | null
  readonly data: ActFacts & { readonly act: ActName }
}

export type AuditEvent = AdminActed
export type AuditEventType = AuditEvent['type']
