/**
 * The closed list of errors, shared by WebSocket `error` frames [T4] and REST problem details [R3].
 * `temporary`: the same request may be sent again, unchanged.
 */
interface ErrorKind {
  readonly status: number
  readonly temporary: boolean
  readonly title: string
}

const kind = (status: number, title: string, temporary = false): ErrorKind => ({ status, temporary, title })

export const errorKinds = {
  malformed: kind(400, 'The request is not JSON, or not one object'),
  invalid: kind(400, 'A field is missing, unknown or has a wrong value; details name it'),
  unknown_type: kind(400, 'There is no such frame type'),
  not_connected: kind(400, 'The first frame must be connect'),
  already_connected: kind(400, 'This socket is connected already'),
  bad_cursor: kind(400, 'This cursor was not made by this server for this list'),
  unauthenticated: kind(401, 'A valid access token is needed'),
  token_expired: kind(401, 'The access token has expired'),
  invalid_dpop_proof: kind(
    401,
    "The request does not show that it comes from the token's device; details.reason is why",
  ),
  use_dpop_nonce: kind(401, 'The proof needs the nonce that the header DPoP-Nonce tells: make it anew'),
  unknown_device: kind(401, 'This device is not registered: POST /devices first'),
  revoked: kind(401, 'This device was revoked and never gets in again'),
  signed_out: kind(401, 'This sign-in is over: sign in again; the device and its keys stay'),
  account_deactivated: kind(401, 'The account is deactivated: an admin can unlock it'),
  account_erased: kind(401, 'The account was erased'),
  sign_in_again: kind(403, 'This needs a sign-in of a moment ago: sign in again'),
  forbidden: kind(403, 'Your role does not allow this'),
  wrong_password: kind(403, 'The password is wrong'),
  wrong_code: kind(403, 'The code is wrong, or of another time'),
  registration_closed: kind(403, 'This server does not let people register themselves'),
  not_found: kind(404, 'There is no such thing, or you may not see it'),
  method_not_allowed: kind(405, 'This resource does not know this method'),
  request_timeout: kind(408, 'The request did not come in time; send it again', true),
  already_exists: kind(409, 'A conversation of this id exists already'),
  already_member: kind(409, 'This user is a member already'),
  not_a_member: kind(409, 'This user is not a member'),
  unknown_user: kind(409, 'There is nobody of the ids that details.users names'),
  membership_limit: kind(409, 'The user of details.userId is in as many conversations as one may be'),
  last_owner: kind(409, 'A group must keep an owner: make another member owner first'),
  last_admin: kind(409, 'Somebody must be able to administer the server: make another account admin first'),
  roles_elsewhere: kind(409, "This user's tokens come from elsewhere and say the roles themselves"),
  member_limit: kind(409, 'The group is full'),
  client_seq_gap: kind(409, 'afterClientSeq is not the last accepted number of this device; details.last is'),
  client_seq_conflict: kind(409, 'This clientSeq was used for another command; details.last is the last accepted'),
  message_id_taken: kind(409, 'This messageId was used before in the conversation: make a new one'),
  message_deleted: kind(409, 'The message is deleted or has expired'),
  unknown_target: kind(409, 'relatesTo names no message at that revision'),
  beyond_last_seq: kind(409, 'upToSeq is beyond the last message; details.last is its seq'),
  account_exists: kind(409, 'This user id or login name belongs to another account'),
  device_exists: kind(409, 'This device id was used already: make a new one'),
  factor_exists: kind(409, 'There is an authenticator app already: remove it first'),
  bad_passkey: kind(409, 'This is no answer to the passkey options that were given, or the passkey is taken'),
  passkey_limit: kind(409, 'The account has as many passkeys as it may: remove one first'),
  device_limit: kind(409, 'The user has as many devices as are allowed: revoke one first'),
  identity_key_differs: kind(409, 'The account has another identity key'),
  bad_certificate: kind(409, "The certificate is not the identity key's signature over this device"),
  bad_statement: kind(
    409,
    'This is not signed by the identity key or a device that stands, or it leaves devices that would not; details.reason is why',
  ),
  bad_key_package: kind(409, 'A key package is not acceptable; details name which and why'),
  key_packages_full: kind(409, 'The device has as many one-time key packages as it may'),
  not_ciphertext: kind(409, 'The body is no MLS PrivateMessage to the group of this conversation'),
  stale_epoch: kind(409, 'The group has moved on to details.epoch: process the commits that are missing'),
  commit_required: kind(
    409,
    'A commit must come first: one that removes details.devices, or begins the group of a conversation',
  ),
  commit_mismatch: kind(409, 'The commit is not what is declared, or not what is taken here'),
  not_accepted: kind(409, 'You are asked whether you want to be in this conversation: accept the request first'),
  request_pending: kind(409, 'The other one has not accepted the conversation, and no more can wait there'),
  block_limit: kind(409, 'You have blocked as many people as one may: unblock some first'),
  invite_limit: kind(409, 'You have as many invites as one may: revoke some first'),
  snapshot_required: kind(
    410,
    'This checkpoint cannot be resumed from: load GET /sync/snapshot and connect with its checkpoint',
  ),
  conversation_closed: kind(
    410,
    'The event log holds no whole conversation any more; nothing is taken for it, for good',
  ),
  too_large: kind(413, 'The request exceeds the size limit'),
  unsupported_media_type: kind(415, 'The body must be application/json'),
  expectation_failed: kind(417, 'The only expectation that is met is 100-continue'),
  upgrade_required: kind(426, 'This resource speaks WebSocket, version 13, and nothing else'),
  rate_limited: kind(429, 'Too many requests; wait retryAfterMs', true),
  request_limit: kind(429, 'As many requests wait for the user of details.userId as may: try again later', true),
  too_many_in_flight: kind(429, 'More unanswered requests than maxInFlight; wait for an answer', true),
  internal: kind(500, 'The server failed; it was logged under requestId', true),
  behind: kind(503, 'The view has not reached this position yet', true),
  overloaded: kind(503, 'The server has more to do than it can; wait retryAfterMs', true),
  unavailable: kind(503, 'The event log does not answer; send it again', true),
  log_damaged: kind(503, 'The event log of the server is damaged: who runs it has to mend it', true),
  storage_full: kind(507, 'The server has no space left; nothing was stored', true),
  shutting_down: kind(503, 'The server is stopping; reconnect', true),
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds
export const errorCodes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]]

export type ErrorDetails = Readonly<Record<string, string | number | boolean>>

/** The one error that crosses from the inside to an edge. `message` is plain ASCII, names no secret and no content. */
export class ProtocolError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails | undefined
  readonly retryAfterMs: number | undefined
  constructor(
    code: ErrorCode,
    message: string = errorKinds[code].title,
    options: { details?: ErrorDetails; retryAfterMs?: number } = {},
  ) {
    super(message)
    this.name = 'ProtocolError'
    this.code = code
    this.details = options.details
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Whether the same may succeed later by itself. `internal` says no more than that nobody foresaw it. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ProtocolError && error.code !== 'internal' && errorKinds[error.code].temporary
