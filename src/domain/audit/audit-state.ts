import type { AdminAct } from './admin-acts.ts'
import type { AuditEvent } from './audit-events.ts'

/** How many ids are remembered: more than can be on their way to the stream at the same time. */
const remembered = 1_000

/** The ids of the newest acts in the log, oldest first. */
export interface AuditState {
  readonly told: Set<string>
}

export const initialAudit = (): AuditState => ({ told: new Set() })

/** Adds the id of the stream's next event. Owns `state` and changes it in place. */
export const evolveAudit = (state: AuditState, id: string): AuditState => {
  state.told.add(id)
  for (const oldest of state.told) {
    if (state.told.size <= remembered) break
    state.told.delete(oldest)
  }
  return state
}

/** Undefined if the act is in the log already. Never rejects, because the act has been performed. */
export const decideAudit = (state: AuditState, { id, at, actor, ...data }: AdminAct): AuditEvent | undefined =>
  state.told.has(id) ? undefined : { type: 'AdminActed', at, actor, data }

/** Increased with every change of the state's shape or meaning. Snapshots of other versions are ignored. */
export const auditStateVersion = 1

export const auditToSnapshot = ({ told }: AuditState): string => JSON.stringify([...told])

/** `text` must come from `auditToSnapshot` of this version. Throws a SyntaxError or TypeError otherwise. */
export const auditFromSnapshot = (text: string): AuditState => ({ told: new Set(JSON.parse(text) as string[]) })
