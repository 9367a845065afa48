import type { Marks } from '../domain/user/marks.ts'

/**
 * View `marks`, key `<userId>/<conversationId>`, stream `user-<userId>`: how a user has marked a conversation. No
 * document where there are no marks.
 */
export interface MarksDocument {
  readonly userId: string
  readonly conversationId: string
  readonly marks: Marks
  /** The revision in the user's stream of the newest change. */
  readonly revision: number
}
