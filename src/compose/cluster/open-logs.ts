import { type KurrentLog, openKurrentLog } from '../../adapters/kurrentdb/open-kurrent-log.ts'
import { type EventLogs, onlyLog } from '../../event-log/event-logs.ts'
import { checkDistinct, troubleOfAll } from '../../event-log/routing/distinct-logs.ts'
import { checkOnlyLog, openSlotMap } from '../../event-log/routing/open-slot-map.ts'
import { createRoutedLogs } from '../../event-log/routing/routed-logs.ts'
import { createBodySeal } from '../../event-log/sealed-bodies/body-seal.ts'
import { createMissingKeys } from '../../event-log/sealed-bodies/missing-keys.ts'
import { createSealedLog } from '../../event-log/sealed-bodies/sealed-log.ts'
import type { BodyKeys } from '../../ports/body-keys.ts'
import { lifeOf } from './cluster-engines.ts'

export interface LogsOptions {
  /** In the order of the logs. */
  readonly connectionStrings: readonly string[]
  /** Begins the names of the logs' streams. */
  readonly namespace: string | undefined
  readonly onError: (error: unknown) => void
  /** Where the keys of bodies are; without it, bodies are stored and read unsealed. */
  readonly keys?: BodyKeys
}

export interface OpenLogs extends EventLogs {
  /** Why no log accepts appends now; undefined while one does. */
  trouble(): string | undefined
}

const toSet = async (logs: readonly KurrentLog[]): Promise<EventLogs> => {
  const [only, ...others] = logs
  if (only !== undefined && others.length === 0) {
    await checkOnlyLog(only)
    return onlyLog(only)
  }
  checkDistinct(logs)
  return createRoutedLogs(logs, await openSlotMap(logs))
}

/**
 * Opens all event logs; all of them must be there. Rejects with an `OperatorError` when one cannot be reached, or
 * they are not the logs of one cluster.
 */
export const openLogs = async ({ connectionStrings, namespace, onError, keys }: LogsOptions): Promise<OpenLogs> => {
  const logs: KurrentLog[] = []
  const missed = createMissingKeys(onError)
  const sealing = (log: KurrentLog): KurrentLog => {
    if (keys === undefined) return log
    const seal = createBodySeal({ keys, life: lifeOf(log), onMissing: missed })
    return { ...log, ...createSealedLog({ log, seal, onError }) }
  }
  try {
    for (const connectionString of connectionStrings)
      logs.push(sealing(await openKurrentLog({ connectionString, namespace, onError })))
    const set = await toSet(logs)
    return {
      ...set,
      trouble: () => troubleOfAll(logs),
    }
  } catch (error) {
    await Promise.all(logs.map((log) => log.close()))
    throw error
  }
}
