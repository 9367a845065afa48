import type { Archive } from '@backscroll/protocol/rest/archives'
import type { HistoryTransfer } from '../events/history-transfer.ts'
import type { Incoming, Outcome } from './transfer-records.ts'

/** What applications are told of a transfer to this device. */
export const stateOf = (
  incoming: Incoming | undefined,
  archive: Archive | undefined,
  outcome: Outcome | undefined,
): HistoryTransfer => {
  if (incoming === undefined) return outcome ?? { name: 'none' }
  if (incoming.key === undefined) return { name: 'waiting', since: incoming.at }
  const { piece: pieces, messages } = incoming
  const { pieces: uploaded = pieces, complete: isComplete = false } = archive ?? {}
  return { name: 'receiving', pieces, uploaded: Math.max(pieces, uploaded), isComplete, messages }
}
