import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import { hashOf, shownTo } from './liar.ts'
import { oneOf, type Pick, type Scene } from './words.ts'

/**
 * A conversation that is new to somebody, and that only the colluder has made: a group, or a direct one of two others, told as the work of whomever. What is
 * wrong with what comes of it; undefined where nothing is.
 */
export const beginStrange = async ({ people, colluder }: Scene, pick: Pick, groupId: string) => {
  const victim = oneOf(pick, people)
  const other = oneOf(pick, people)
  if (victim === undefined || other === undefined || victim === other) return () => undefined
  const isDirect = pick(2) === 0
  const id = isDirect ? directConversationId(victim.user, other.user) : groupId
  const forged = await colluder.forge(id, [victim.user])
  if (forged === undefined) return () => undefined
  const by = pick(2) === 0 ? colluder.user : other.user
  const actor = { userId: by, deviceId: 'one' }
  const common = { stream: { kind: 'conversation', id }, revision: 0, position: '1', at: 1, actor }
  const members = [victim.user, other.user].map((userId) => ({ userId, role: 'member' }))
  const blob = (bytes: Uint8Array) => ({ hash: hashOf(bytes), size: bytes.length })
  const added = [{ userId: victim.user, deviceId: 'one', leaf: 1 }]
  const refs = { commit: null, welcome: blob(forged.welcome), groupInfo: blob(forged.groupInfo) }
  const epoch = { generation: 0, epoch: 1, external: false, added, removed: [], ciphertext: toBase64(forged.commit) }
  victim.lies.push({ blob: forged.welcome })
  const kind = isDirect ? 'direct' : 'group'
  victim.tellEvent({ ...common, type: 'ConversationStarted', data: { kind, members } })
  victim.tellEvent({ ...common, type: 'GroupCommitted', data: { ...epoch, ...refs } })
  const to = isDirect ? { user: other.user } : id
  void victim.client.send(to, { text: 'to whom it may concern' }).catch(() => {})
  return () => {
    const shown = shownTo(victim, id)
    if (isDirect)
      return shown.has(colluder.user) ? `${victim.user} is shown a third in a direct conversation` : undefined
    return shown.size > 0 && by !== colluder.user ? `${victim.user} was let in by who did not do it` : undefined
  }
}
