import { mayPass } from '@backscroll/protocol/errors'
import type { ActFacts, ActName, AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { Actor } from '../../../domain/ids.ts'
import type { ActRecords } from '../../../ports/identity/act-records.ts'

/** Who does it, and the word for why. */
export interface ActBy {
  /** Null for an operator at the command line, and for the server itself. */
  readonly actor: Actor | null
  readonly reason?: string | undefined
}

export interface AuditTrailDeps {
  readonly store: ActRecords
  /** Resolves when it is durable in the log; repeating the same act changes nothing. */
  readonly tell: (act: AdminAct) => Promise<void>
  readonly newId: () => string
  readonly now: () => number
  readonly onError: (error: unknown) => void
}

/**
 * What admins do. An act is stored in the transaction that does it, or before it is done elsewhere, so that nothing is
 * done without it; from there it is carried into the log, also after a crash.
 */
export interface AuditTrail {
  /** For the transaction that does it. */
  act(by: ActBy, name: ActName, facts: ActFacts): AdminAct
  /** Stored once it resolves: then it may be done. */
  keep(by: ActBy, name: ActName, facts: ActFacts): Promise<void>
  /** Resolves when nothing waits any more or the log does not accept it now; never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

const batch = 100
/** How often it looks for what another process left, or what the log did not accept, in milliseconds. */
const lookEvery = 2_000

export const createAuditTrail = ({ store, tell, newId, now, onError }: AuditTrailDeps): AuditTrail => {
  let running: Promise<void> | undefined
  let again = false
  /** Acts that the log refuses for another reason than being away. They are tried again at every look. */
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

  /** Resolves with whether any was told, and there may be more. */
  const tellPage = async (): Promise<boolean> => {
    let told = false
    for (const act of await store.acts(batch)) told = (await tellOne(act)) || told
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

  const timer = setInterval(() => void flush(), lookEvery).unref()
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
