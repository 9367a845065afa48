import type { Pending } from '../../../packages/client/src/mls/state/pending-commit.ts'

export type LogEntry =
  | { readonly kind: 'commit'; readonly from: string; readonly pending: Pending }
  | {
      readonly kind: 'message'
      readonly from: string
      readonly epoch: number
      readonly bytes: Uint8Array
      readonly text: string
    }

/** What the server does for a group: one winner per epoch, messages of the current epoch or, if nobody was removed since, the previous one [E1, E3]. */
export const createDeliveryService = (firstGroupInfo: Uint8Array) => {
  const log: LogEntry[] = []
  let epoch = 0
  let previousUsable = false
  let groupInfo = firstGroupInfo
  return {
    log,
    epoch: () => epoch,
    groupInfo: () => groupInfo,
    commit: (from: string, pending: Pending): boolean => {
      if (pending.baseEpoch !== epoch) return false
      log.push({ kind: 'commit', from, pending })
      epoch += 1
      previousUsable = pending.removed.length === 0
      groupInfo = pending.groupInfo
      return true
    },
    message: (entry: Extract<LogEntry, { kind: 'message' }>): boolean => {
      if (entry.epoch !== epoch && !(previousUsable && entry.epoch === epoch - 1)) return false
      log.push(entry)
      return true
    },
  }
}

export type DeliveryService = ReturnType<typeof createDeliveryService>
