import type { Actor } from '../ids.ts'
import type { ActFacts, ActName } from './admin-acts.ts'

/**
 * Stream `audit-acts`: what admins did, in the order in which it was told. For admins alone: nobody is sent it, and no
 * view folds it.
 */
export interface AdminActed {
  readonly type: 'AdminActed'
  readonly at: number
  readonly actor: Actor | null
  readonly data: ActFacts & { readonly act: ActName }
}

export type AuditEvent = AdminActed
export type AuditEventType = AuditEvent['type']
