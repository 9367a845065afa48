import type { AdminAct } from './admin-acts.ts'
import type { AuditEvent } from './audit-events.ts'

/** How many acts are remembered: as many as can be on their way into the stream at a time, and more. */
const remembered = 1_000

/** The ids of the newest acts that were told, oldest first. */
export interface AuditState {
  readonly told: Set<string>
}

export const initialAudit = (): AuditState => ({ told: new Set() })

/** Takes the id of the stream's next event. Owns `state` and changes it in place. */
export const evolveAudit = (state: AuditState, id: string): AuditState => {
  state.told.add(id)
  for (const oldest of state.told) {
    if (state.told.size <= remembered) break
    state.told.delete(oldest)
  }
  return state
}

/** Undefined for an act that was told already. Never rejects: what was done cannot be refused. */
export const decideAudit = (state: AuditState, { id, at, actor, ...data }: AdminAct): AuditEvent | undefined =>
  state.told.has(id) ? undefined : { type: 'AdminActed', at, actor, data }

/** Raised with every change of the state's shape or meaning; snapshots of another version are ignored. */
export const auditStateVersion = 1

export const auditToSnapshot = ({ told }: AuditState): string => JSON.stringify([...told])

/** `text` must come from `auditToSnapshot` of this version; throws a SyntaxError or TypeError otherwise. */
export const auditFromSnapshot = (text: string): AuditState => ({ told: new Set(JSON.parse(text) as string[]) })
