import type { Actor } from '../ids.ts'

/** What an admin did. The words are stored for ever. */
export type ActName =
  | 'set_roles'
  | 'deactivate_user'
  | 'reactivate_user'
  | 'erase_user'
  | 'revoke_device'
  | 'reset_second_factor'
  | 'issue_password_reset'
  | 'rebuild_views'
  | 'retry_stream'
  | 'retry_reaction'
  | 'close_conversation'
  | 'read_report'
  | 'claim_report'
  | 'resolve_report'
  | 'read_feedback'

/** Only opaque ids, words of closed lists, and numbers: the log keeps them for ever, even after the user is erased. */
export interface ActFacts {
  readonly userId?: string
  readonly deviceId?: string
  readonly conversationId?: string
  readonly roles?: readonly string[]
  /** When it ends by itself, in server time. */
  readonly until?: number
  readonly views?: readonly string[]
  readonly stream?: string
  readonly process?: string
  readonly reportId?: string
  /** The outcome of a report: a word of a closed list. */
  readonly outcome?: string
  /** A word of a closed list. */
  readonly reason?: string
}

export interface AdminAct extends ActFacts {
  /** Unique for ever. The event has the same id. */
  readonly id: string
  readonly act: ActName
  readonly at: number
  /** The admin's user and device. Null for an operator at the command line and for the server itself. */
  readonly actor: Actor | null
}
