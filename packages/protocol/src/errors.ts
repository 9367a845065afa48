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
  malformed: kind(400, 'The request is not a JSON object'),
  invalid: kind(400, 'A field is missing, unknown or has an invalid value; details says which one'),
  unknown_type: kind(400, 'This frame type does not exist'),
  not_connected: kind(400, 'The first frame must be connect'),
  already_connected: kind(400, 'This socket is already connected'),
  bad_cursor: kind(400, 'The cursor was not issued by this server for this list'),
  unauthenticated: kind(401, 'A valid access token is required'),
  token_expired: kind(401, 'The access token has expired'),
  invalid_dpop_proof: kind(
    401,
    "The request does not prove that it comes from the token's device; details.reason says why",
  ),
  use_dpop_nonce: kind(401, 'The proof must contain the nonce from the header DPoP-Nonce: make a new proof'),
  unknown_device: kind(401, 'This device is not registered: call POST /devices first'),
  revoked: kind(401, 'This device was revoked and can never be used again'),
  signed_out: kind(401, 'This sign-in has ended: sign in again; the device keeps its keys'),
  account_deactivated: kind(401, 'The account is deactivated; an admin can reactivate it'),
  account_erased: kind(401, 'The account was erased'),
  sign_in_again: kind(403, 'This requires a recent sign-in: sign in again'),
  forbidden: kind(403, 'Your role does not allow this'),
  wrong_password: kind(403, 'The password is wrong'),
  wrong_code: kind(403, 'The code is wrong or no longer valid'),
  media_full: kind(403, 'Your files use all the storage that you may have: delete messages with files first'),
  registration_closed: kind(403, 'This server does not allow people to register themselves'),
  not_found: kind(404, 'This does not exist, or you may not see it'),
  method_not_allowed: kind(405, 'This resource does not support this method'),
  request_timeout: kind(408, 'The request did not arrive in time; send it again', true),
  already_exists: kind(409, 'A conversation with this id already exists'),
  already_member: kind(409, 'This user is already a member'),
  not_a_member: kind(409, 'This user is not a member'),
  unknown_user: kind(409, 'The users in details.users do not exist'),
  membership_limit: kind(409, 'The user in details.userId is in the maximum number of conversations'),
  last_owner: kind(409, 'A group must have an owner: make another member an owner first'),
  last_admin: kind(409, 'The server must have an admin: make another account an admin first'),
  roles_elsewhere: kind(409, "This user's roles are set by an external token issuer and cannot be changed here"),
  member_limit: kind(409, 'The group is full'),
  client_seq_gap: kind(409, "afterClientSeq is not this device's last accepted number, which is details.last"),
  client_seq_conflict: kind(
    409,
    'This clientSeq was used for another command; the last accepted number is details.last',
  ),
  message_id_taken: kind(409, 'This messageId was already used in the conversation: make a new one'),
  message_deleted: kind(409, 'The message was deleted or has expired'),
  unknown_target: kind(409, 'relatesTo does not name a message at that revision'),
  unknown_media: kind(409, 'mediaIds names a file that does not exist, is incomplete, or that you may not read'),
  upload_offset: kind(409, 'Upload-Offset does not match the upload: get its offset with HEAD'),
  beyond_last_seq: kind(409, 'upToSeq is beyond the last message, whose seq is details.last'),
  account_exists: kind(409, 'This user id or login name belongs to another account'),
  device_exists: kind(409, 'This device id was already used: make a new one'),
  factor_exists: kind(409, 'An authenticator app is already set up: remove it first'),
  bad_passkey: kind(409, 'This does not answer the passkey options that were issued, or the passkey is already taken'),
  passkey_limit: kind(409, 'The account has the maximum number of passkeys: remove one first'),
  device_limit: kind(409, 'The user has the maximum number of devices: revoke one first'),
  identity_key_differs: kind(409, 'The account has a different identity key'),
  bad_certificate: kind(409, "The certificate is not the identity key's signature over this device"),
  bad_statement: kind(
    409,
    'The statement is not signed by the identity key or by a device in good standing, or it keeps a device that is not; details.reason says why',
  ),
  bad_key_package: kind(409, 'A key package is not acceptable; details says which one and why'),
  key_packages_full: kind(409, 'The device has the maximum number of one-time key packages'),
  not_ciphertext: kind(409, "The body is not an MLS PrivateMessage for this conversation's group"),
  stale_epoch: kind(409, 'The group has moved on to details.epoch: process the missing commits'),
  commit_required: kind(
    409,
    "A commit is required first: one that removes details.devices, or one that begins the conversation's group",
  ),
  commit_mismatch: kind(409, 'The commit does not match what is declared, or is not acceptable here'),
  not_accepted: kind(409, 'You have not accepted this conversation: accept the request first'),
  request_pending: kind(409, 'The other user has not accepted the conversation, and no more messages can wait there'),
  block_limit: kind(409, 'You have blocked the maximum number of people: unblock some first'),
  mark_limit: kind(409, 'You have the maximum number of these, which is details.limit: take some back first'),
  watch_limit: kind(409, 'You watch the maximum number of users: stop watching some first'),
  invite_limit: kind(409, 'You have the maximum number of invites: revoke some first'),
  archive_taken: kind(409, 'Another device writes this archive'),
  archive_piece: kind(409, 'This is not the next piece of the archive, which is details.next'),
  archive_limit: kind(409, 'The archive, or the user, has the maximum number of these: details.most'),
  push_unavailable: kind(409, 'This server does not wake devices in this way; GET /push lists the ways'),
  snapshot_required: kind(
    410,
    'This checkpoint cannot be resumed: load GET /sync/snapshot and connect with its checkpoint',
  ),
  conversation_closed: kind(
    410,
    'An admin has closed this group, or the event log no longer holds the whole conversation; nothing more is accepted for it, permanently',
  ),
  unsupported_tus: kind(412, 'Tus-Resumable must be 1.0.0'),
  too_large: kind(413, 'The request exceeds the size limit'),
  unsupported_media_type: kind(415, 'The body must be application/json, or the type that the route requires'),
  bad_range: kind(416, 'The file has no such bytes'),
  expectation_failed: kind(417, 'The only supported expectation is 100-continue'),
  upload_locked: kind(423, 'Another request writes to this upload', true),
  upgrade_required: kind(426, 'This resource supports only WebSocket, version 13'),
  rate_limited: kind(429, 'Too many requests; wait retryAfterMs', true),
  request_limit: kind(
    429,
    'The user in details.userId has the maximum number of pending requests: try again later',
    true,
  ),
  upload_limit: kind(429, 'You have the maximum number of uploads in progress: finish or delete one first', true),
  too_many_in_flight: kind(429, 'More unanswered requests than maxInFlight; wait for an answer', true),
  upload_checksum: kind(460, 'The bytes do not match Upload-Checksum and were discarded: send them again', true),
  internal: kind(500, 'The server failed; its log has the cause under requestId', true),
  behind: kind(503, 'The views have not reached this position yet', true),
  overloaded: kind(503, 'The server is overloaded; wait retryAfterMs', true),
  unavailable: kind(503, 'The event log does not respond; send the request again', true),
  log_damaged: kind(503, "The server's event log is damaged; its operator has to repair it", true),
  storage_full: kind(507, 'The server has no storage space left; nothing was stored', true),
  shutting_down: kind(503, 'The server is shutting down; reconnect', true),
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds
export const errorCodes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]]

export type ErrorDetails = Readonly<Record<string, string | number | boolean>>

/**
 * The one error that crosses from the inside to an edge. `message` is plain ASCII, and holds no secret and no
 * content.
 */
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
    // Clocks and rates give fractions; on the wire it is an integer.
    this.retryAfterMs = options.retryAfterMs === undefined ? undefined : Math.ceil(options.retryAfterMs)
  }
}

/** Whether the same request may succeed later. `internal` only means that nobody foresaw the error. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ProtocolError && error.code !== 'internal' && errorKinds[error.code].temporary
