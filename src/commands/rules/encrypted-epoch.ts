import type { GroupPlace } from '../../domain/conversation/groups/group.ts'
import { generationOf } from '../../domain/conversation/groups/group-id.ts'
import { headerBytes, parsePrivateMessageHeader } from '../../domain/mls/private-message-header.ts'

const headerCharacters = (headerBytes / 3) * 4

/**
 * [E1] The group and epoch that a base64 body is encrypted to; undefined when it is not an MLS PrivateMessage to a
 * group of this conversation. Decodes the header and nothing else.
 */
export const encryptedPlace = (conversationId: string, ciphertext: string): GroupPlace | undefined => {
  const header = parsePrivateMessageHeader(Buffer.from(ciphertext.slice(0, headerCharacters), 'base64'))
  if (header === undefined) return undefined
  const generation = generationOf(conversationId, header.groupId)
  return generation === undefined ? undefined : { generation, epoch: header.epoch }
}
