import { bytesOfDeparture, type Departure } from '@backscroll/protocol/departure'
import type { SignedDeparture } from '../../domain/conversation/conversation-events.ts'
import type { Actor } from '../../domain/ids.ts'
import { type IsDeviceKey, requireActProof } from './act-proof.ts'

export interface AskedDeparture extends SignedDeparture {
  readonly clientSeq: number
}

/** Members believe only departures that a member's device has signed. Rejects with `commit_mismatch`. */
export const requireDepartureProof = (
  isDeviceKey: IsDeviceKey | undefined,
  actor: Actor,
  { generation, epoch, clientSeq, proof }: AskedDeparture,
  what: { readonly conversationId: string; readonly memberId: string; readonly change: Departure },
): Promise<void> =>
  requireActProof(isDeviceKey, actor, bytesOfDeparture({ ...what, generation, epoch, ...actor, clientSeq }), proof)
