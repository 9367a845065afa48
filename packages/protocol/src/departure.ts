import { z } from 'zod'
import { actProof, bytesOfAct } from './signed-act.ts'

/** How somebody stops being a member. Who comes in, or gets another role, does so by a commit. */
export type Departure = 'left' | 'removed'

/** Which departure, and who makes it: what is signed for one says nothing of another, another time or another conversation. */
export interface DepartureFacts {
  readonly conversationId: string
  /** The group that its device is in, and its epoch. */
  readonly generation: number
  readonly epoch: number
  readonly userId: string
  readonly deviceId: string
  /** The number of the command. */
  readonly clientSeq: number
  /** Whom it concerns; who leaves is the one who says so. */
  readonly memberId: string
  readonly change: Departure
}

/** What a device signs to leave, or to remove a member. */
export const bytesOfDeparture = (facts: DepartureFacts): Uint8Array<ArrayBuffer> => {
  const { conversationId, generation, epoch, userId, deviceId, clientSeq, change, memberId } = facts
  const who = [userId, deviceId, clientSeq, change, memberId]
  return bytesOfAct('backscroll departure v1', [conversationId, generation, epoch, ...who])
}

/** The place in the group at which a departure was signed, and the signature. */
export const signedDeparture = { generation: z.int().min(0), epoch: z.int().min(0), proof: actProof }
