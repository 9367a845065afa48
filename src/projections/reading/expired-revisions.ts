import { expiredBefore } from '../../domain/conversation/expiry.ts'
import type { ConversationDocument, MessageDocument } from '../documents.ts'

export type IsExpired = (message: Pick<MessageDocument, 'at' | 'seq'>) => boolean

/** What has expired for ever, and what is past its retention and will expire soon. */
export const expiredIn = (
  { retentionSeconds, expiredSeq }: Pick<ConversationDocument, 'retentionSeconds' | 'expiredSeq'>,
  now: number,
): IsExpired => {
  const before = expiredBefore(retentionSeconds, now)
  return ({ at, seq }) => at < before || seq <= expiredSeq
}
