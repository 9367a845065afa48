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

/**
 * View `stars`, key `<userId>/<conversationId>/<messageId>`, stream `user-<userId>`: a message that a user has starred.
 * Fields userId and revision, indexed together.
 */
export interface StarDocument {
  readonly userId: string
  readonly conversationId: string
  readonly messageId: string
  readonly seq: number
  /** When it was starred, in server time. */
  readonly at: number
  /** The revision in the user's stream: orders the list. */
  readonly revision: number
}
