import { type Decision, rejected } from '../../decision.ts'
import type { SendMessage } from '../conversation-commands.ts'
import type { ConversationState } from '../conversation-state.ts'
import { isUnborn } from './epochs.ts'
import type { Group } from './group.ts'

/** Tells a device where the group stands, so that it can catch up. */
export const staleEpoch = ({ generation, epoch }: Group): Decision<never> =>
  rejected('stale_epoch', 'the group has moved on: process the missing commits', { generation, epoch })

/** Names the devices whose removal must be committed first, separated by commas. */
export const commitRequired = ({ pendingRemovals }: Group): Decision<never> =>
  rejected('commit_required', 'a commit that removes these devices must come first', {
    devices: [...pendingRemovals].join(','),
  })

const notCiphertext = () =>
  rejected('not_ciphertext', "the body is not an MLS PrivateMessage for this conversation's group")

const isUsable = (group: Group, { generation, epoch }: { readonly generation: number; readonly epoch: number }) => {
  if (isUnborn(group) || generation !== group.generation) return false
  return epoch === group.epoch || (group.previousUsable && epoch === group.epoch - 1)
}

/**
 * [E1], [E5] Why this message may not be stored; undefined when it may. A deletion has no body and is always
 * accepted.
 */
export const refuseUnencrypted = (
  { mls }: Pick<ConversationState, 'mls'>,
  { encrypted, relatesTo }: SendMessage,
): Decision<never> | undefined => {
  if (relatesTo?.kind === 'delete') return undefined
  if (mls === undefined || encrypted === undefined) return notCiphertext()
  if (!isUsable(mls, encrypted)) return staleEpoch(mls)
  return mls.pendingRemovals.size > 0 ? commitRequired(mls) : undefined
}
