import type { ClientState } from 'ts-mls'
import { equalBytes } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { epochOf, type GroupState, type Member } from './group-state.ts'

/**
 * A commit that the server has not accepted yet. Store it before you send it. If it loses, drop it, process the
 * winner and commit again. Meanwhile the old state goes on sending and receiving.
 */
export interface Pending {
  /** The epoch that the commit starts from. */
  readonly baseEpoch: number
  /** MLS PublicMessage. */
  readonly commit: Uint8Array
  /** The MLS Welcome for the added devices, with the tree. */
  readonly welcome: Uint8Array | undefined
  /** The MLS GroupInfo of the new epoch, with the tree and the external key. */
  readonly groupInfo: Uint8Array
  readonly added: readonly Member[]
  readonly removed: readonly Member[]
  /** The new state, without keys of the old epoch: those come from the state at acceptance. */
  readonly next: GroupState
}

type History = ClientState['historicalReceiverData']

/**
 * What is kept of the epoch that ends, to open late messages: nothing once a member was removed, who has these keys
 * too.
 */
export const historyAfter = ({ mls }: GroupState, removedSomebody: boolean): History => {
  if (removedSomebody) return new Map()
  const { secretTree, ratchetTree, groupContext, keySchedule } = mls
  const { senderDataSecret, resumptionPsk } = keySchedule
  return new Map([[groupContext.epoch, { secretTree, ratchetTree, groupContext, senderDataSecret, resumptionPsk }]])
}

/**
 * The server accepted the commit. `current`: the newest state of the base epoch; undefined after an external join.
 * Throws `stale_commit`.
 */
export const acceptPending = (current: GroupState | undefined, pending: Pending): GroupState => {
  if (current === undefined) return pending.next
  const sameGroup = equalBytes(current.mls.groupContext.groupId, pending.next.mls.groupContext.groupId)
  if (!sameGroup || epochOf(current) !== pending.baseEpoch) throw new E2eeError('stale_commit')
  const historicalReceiverData = historyAfter(current, pending.removed.length > 0)
  return { mls: { ...pending.next.mls, historicalReceiverData } }
}
