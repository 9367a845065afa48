import { z } from 'zod'
import { actProof, bytesOfAct } from './signed-act.ts'

/**
 * How members depart; `deleted`: all of them, with the group. Joining, and getting another role, happen by a commit.
 */
export type Departure = 'left' | 'removed' | 'deleted'

/**
 * Which departure it is, and who causes it: a signature for one counts for no other, at no other time and in no
 * other conversation.
 */
export interface DepartureFacts {
  readonly conversationId: string
  /** The group that its device is in, and its epoch. */
  readonly generation: number
  readonly epoch: number
  readonly userId: string
  readonly deviceId: string
  /** The number of the command. */
  readonly clientSeq: number
  /** The member concerned; a user who leaves, or deletes the group, states it for itself. */
  readonly memberId: string
  readonly change: Departure
}

/** What a device signs to leave, to remove a member, or to delete the group. */
export const bytesOfDeparture = (facts: DepartureFacts): Uint8Array<ArrayBuffer> => {
  const { conversationId, generation, epoch, userId, deviceId, clientSeq, change, memberId } = facts
  const who = [userId, deviceId, clientSeq, change, memberId]
  return bytesOfAct('backscroll departure v1', [conversationId, generation, epoch, ...who])
}

/** The place in the group at which a departure was signed, and the signature. */
export const signedDeparture = { generation: z.int().min(0), epoch: z.int().min(0), proof: actProof }
