import { OperatorError } from '../../ports/errors/operator-error.ts'
import { type EventLogs, onlyLog } from '../event-logs.ts'
import { checkOnlyLog, openSlotMap } from './open-slot-map.ts'
import { createRoutedLogs } from './routed-logs.ts'

type SlottedLog = Parameters<typeof checkOnlyLog>[0] & Parameters<typeof createRoutedLogs>[0][number]

const checkDistinct = (logs: readonly SlottedLog[]): void => {
  const epochs = new Set(logs.map(({ epoch }) => epoch))
  if (epochs.size < logs.length)
    throw new OperatorError('BACKSCROLL_KURRENTDB_URL: two of the logs are the same one: name each once')
}

/** Several logs as one. Rejects with an `OperatorError` when they are not the logs of one cluster. */
export const openLogSet = async (logs: readonly SlottedLog[]): Promise<EventLogs> => {
  const [only, ...others] = logs
  if (only !== undefined && others.length === 0) {
    await checkOnlyLog(only)
    return onlyLog(only)
  }
  checkDistinct(logs)
  return createRoutedLogs(logs, await openSlotMap(logs))
}

/** Why none of them takes appends now; undefined while one does. */
export const troubleOfAll = (logs: readonly { trouble(): string | undefined }[]): string | undefined => {
  const troubles = logs.map((log) => log.trouble())
  return troubles.includes(undefined) ? undefined : troubles[0]
}
