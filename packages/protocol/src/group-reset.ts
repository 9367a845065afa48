import { bytesOfAct } from './signed-act.ts'

/** Which group begins, and who gave up the one before it. */
export interface GroupResetFacts {
  readonly conversationId: string
  /** The generation of the group that begins. */
  readonly generation: number
  readonly userId: string
  readonly deviceId: string
  /** The number of the command. */
  readonly clientSeq: number
}

/** What a device signs to give up a group. */
export const bytesOfGroupReset = (facts: GroupResetFacts): Uint8Array<ArrayBuffer> => {
  const { conversationId, generation, userId, deviceId, clientSeq } = facts
  return bytesOfAct('backscroll group reset v1', [conversationId, generation, userId, deviceId, clientSeq])
}
