import { mayPass } from '@backscroll/protocol/errors'
import type { ActFacts, ActName, AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { Actor } from '../../../domain/ids.ts'
import type { ActRecords } from '../../../ports/identity/act-records.ts'

/** Who acts, and a word for the reason. */
export interface ActBy {
  /** Null for an operator at the command line and for the server itself. */
  readonly actor: Actor | null
  readonly reason?: string | undefined
}

export interface AuditTrailDeps {
  readonly store: ActRecords
  /** Resolves when the act is durable in the log. Repeating the same act changes nothing. */
  readonly tell: (act: AdminAct) => Promise<void>
  readonly newId: () => string
  readonly now: () => number
  readonly onError: (error: unknown) => void
}

/**
 * Records the acts of admins. An act is stored in the transaction that performs it, or before it is performed
 * elsewhere, so nothing is done without a record. From the store the act is copied to the log, also after a crash.
 */
export interface AuditTrail {
  /** Makes the record to store in the transaction that performs the act. */
  act(by: ActBy, name: ActName, facts: ActFacts): AdminAct
  /** Stores the record. The act may be performed once this resolves. */
  keep(by: ActBy, name: ActName, facts: ActFacts): Promise<void>
  /** Resolves when no act is waiting or the log does not accept acts now. Never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

const actsPerRead = 100
/** Milliseconds between checks for acts that another process left, or that the log did not accept. */
const checkEveryMs = 2_000

export const createAuditTrail = ({ store, tell, newId, now, onError }: AuditTrailDeps): AuditTrail => {
  let running: Promise<void> | undefined
  let again = false
  /** Acts that the log refuses although it is available. They are tried again at every check. */
  const refused = new Set<string>()

  const tellOne = async (act: AdminAct): Promise<boolean> => {
    try {
      await tell(act)
      await store.settleAct(act.id)
      refused.delete(act.id)
      return true
    } catch (error) {
      if (mayPass(error)) throw error
      if (!refused.has(act.id)) onError(error)
      refused.add(act.id)
      return false
    }
  }

  /** Resolves with true if at least one act was copied, in which case there may be more. */
  const tellPage = async (): Promise<boolean> => {
    let told = false
    for (const act of await store.acts(actsPerRead)) told = (await tellOne(act)) || told
    return told
  }

  const drain = async (): Promise<void> => {
    do again = false
    while ((await tellPage()) || again)
  }

  const flush = (): Promise<void> => {
    again = true
    running ??= drain()
      .catch(onError)
      .finally(() => {
        running = undefined
      })
    return running
  }

  const act: AuditTrail['act'] = ({ actor, reason }, name, facts) => {
    const why = reason === undefined ? {} : { reason }
    return { id: newId(), act: name, at: now(), actor, ...facts, ...why }
  }

  const timer = setInterval(() => void flush(), checkEveryMs).unref()
  return {
    act,
    keep: async (by, name, facts) => {
      await store.keepAct(act(by, name, facts))
      void flush()
    },
    flush,
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
