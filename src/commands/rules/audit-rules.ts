import { encodeAuditEvent } from '../../codec/audit-codec.ts'
import type { AdminAct } from '../../domain/audit/admin-acts.ts'
import {
  type AuditState,
  auditFromSnapshot,
  auditStateVersion,
  auditToSnapshot,
  decideAudit,
  evolveAudit,
  initialAudit,
} from '../../domain/audit/audit-state.ts'
import type { Fold } from '../writer/load-stream.ts'
import type { Rules } from '../writer/stream-writer.ts'

const auditFold: Fold<AuditState> = {
  version: auditStateVersion,
  initial: initialAudit,
  evolve: (state, { id }) => evolveAudit(state, id),
  toSnapshot: auditToSnapshot,
  fromSnapshot: auditFromSnapshot,
}

export const auditRules: Rules<AuditState, AdminAct, void> = {
  fold: auditFold,
  prepare: () => undefined,
  decide: (state, act) => {
    const event = decideAudit(state, act)
    if (event !== undefined) evolveAudit(state, act.id)
    return { events: event === undefined ? [] : [encodeAuditEvent(event, act.id)], settle: () => undefined }
  },
}
