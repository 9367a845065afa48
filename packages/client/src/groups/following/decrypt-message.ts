import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeContent } from '../../content/message-content.ts'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { forget, type Spent } from '../../mls/message-encryption.ts'
import type { MlsEngine } from '../../mls/mls-engine.ts'
import { checkAgainst } from '../../mls/tamper-check.ts'
import type { Read } from '../../records/plaintexts.ts'
import type { Group } from '../state/group.ts'

export type OpenedMessage =
  | { readonly kind: 'read'; readonly plaintext: string; readonly spent: Spent }
  /** `ahead`: it belongs to an epoch that this device has not reached. */
  | { readonly kind: 'unreadable'; readonly code: string; readonly ahead?: number }
  | { readonly kind: 'tampered'; readonly field: string; readonly spent: Spent }

const aheadOf = (now: number, { code, details }: E2eeError) =>
  code === 'wrong_epoch' && Number(details.epoch) > now ? { ahead: Number(details.epoch) } : {}

/** Opens another device's message with the group's keys, once; the group's state moves on. */
export const openMessage = async (
  engine: MlsEngine,
  group: Group,
  event: WireEvent,
  ciphertext: string,
): Promise<OpenedMessage> => {
  const { state } = group
  if (state === undefined) return { kind: 'unreadable', code: 'no_group' }
  try {
    const message = await engine.decrypt(state, fromBase64(ciphertext))
    group.state = message.state
    const { spent } = message
    const check = checkAgainst(event, message, engine.groupId(state))
    if (!check.ok) return { kind: 'tampered', field: check.field, spent }
    const content = decodeContent(message.plaintext)
    if (content === undefined) return { kind: 'unreadable', code: 'malformed' }
    if (JSON.stringify(content.about) !== JSON.stringify(check.about))
      return { kind: 'tampered', field: 'content', spent }
    return { kind: 'read', plaintext: toBase64(message.plaintext), spent }
  } catch (thrown) {
    if (thrown instanceof E2eeError)
      return { kind: 'unreadable', code: thrown.code, ...aheadOf(engine.epoch(state), thrown) }
    throw thrown
  }
}

export const recordOf = (opened: OpenedMessage): Read =>
  opened.kind === 'read'
    ? { plaintext: opened.plaintext }
    : { unreadable: opened.kind === 'tampered' ? 'tampered' : opened.code }

/** Once the state that came after is stored. */
export const forgetSpent = (opened: readonly OpenedMessage[]): void => {
  for (const one of opened) if (one.kind !== 'unreadable') forget(one.spent)
}
