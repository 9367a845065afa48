/**
 * Why a decider rejects a command. A closed union; `packages/protocol/src/errors.ts` maps each member to HTTP and
 * to the wire.
 */
export type RejectionCode =
  | 'client_seq_gap'
  | 'client_seq_conflict'
  | 'not_found'
  | 'already_exists'
  | 'already_member'
  | 'not_a_member'
  | 'forbidden'
  | 'last_owner'
  | 'member_limit'
  | 'message_id_taken'
  | 'message_deleted'
  | 'unknown_target'
  | 'unknown_media'
  | 'beyond_last_seq'
  | 'not_ciphertext'
  | 'stale_epoch'
  | 'commit_required'
  | 'commit_mismatch'
  | 'not_accepted'
  | 'request_pending'
  | 'conversation_closed'
  | 'mark_limit'

export interface Rejection {
  readonly code: RejectionCode
  /** Plain ASCII, for a developer; never content. */
  readonly message: string
  readonly details?: Readonly<Record<string, string | number>>
}

export const rejection = (code: RejectionCode, message: string, details?: Rejection['details']): Rejection =>
  details === undefined ? { code, message } : { code, message, details }
