import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import type { Accepted } from './outbox-entry.ts'

const target = z.object({ seq: z.int() })

/** The content of the lost answer. */
export const acceptedBy = ({ stream, revision, position, at, data }: WireEvent): Accepted => {
  const seq = z.int().safeParse(data.seq ?? target.safeParse(data.target).data?.seq).data
  const result = { conversationId: stream.id, revision, position, acceptedAt: at, duplicate: true }
  return seq === undefined ? result : { ...result, seq }
}
