import { z } from 'zod'
import { actProof, bytesOfAct } from './signed-act.ts'

export const role = z.enum(['owner', 'admin', 'member'])

/** What happens to a member, but for being let in, which a commit does. */
export type MemberChange =
  | { readonly change: 'left' | 'removed' }
  /** `number` grows with each change of a role in the conversation. */
  | { readonly change: 'role'; readonly role: z.output<typeof role>; readonly number: number }

/** A device uses no number for two changes, and may leave some out; nobody uses up those of the others. */
export const mostLeftOut = 1000

/** Which change, and who makes it: what is signed for one says nothing of another, another time or another conversation. */
export interface MemberChangeFacts {
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
}

/** What a device signs to leave, to remove a member, or to give one another role. */
export const bytesOfMemberChange = (facts: MemberChangeFacts & MemberChange): Uint8Array<ArrayBuffer> => {
  const { conversationId, generation, epoch, userId, deviceId, clientSeq, change, memberId } = facts
  const [role, number] = facts.change === 'role' ? [facts.role, facts.number] : ['', 0]
  const who = [userId, deviceId, clientSeq, change, memberId, role, number]
  return bytesOfAct('backscroll member change v1', [conversationId, generation, epoch, ...who])
}

/** The place in the group at which a change was signed, and the signature. */
export const signedChange = { generation: z.int().min(0), epoch: z.int().min(0), proof: actProof }
