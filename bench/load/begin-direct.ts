import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { groupInfoOf } from './ciphertext.ts'

export interface DirectBeginning {
  /** Base URL. */
  readonly rest: string
  readonly token: string
  readonly user: string
  readonly peer: string
}

/** Opens a direct conversation with the encryption group that it begins with: this device's alone, at epoch 0. It is the device's command 1 there. */
export const beginDirect = async ({ rest, token, user, peer }: DirectBeginning): Promise<void> => {
  const group = { groupInfo: groupInfoOf(directConversationId(user, peer)) }
  const answer = await fetch(`${rest}/conversations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ recipientId: peer, group, clientSeq: 1, afterClientSeq: 0 }),
  })
  if (!answer.ok) throw new Error(`${user} cannot begin: ${answer.status} ${await answer.text()}`)
  await answer.arrayBuffer()
}
