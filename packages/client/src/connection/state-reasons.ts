/** Why a client stopped, `state().reason`. If another error of the list stops it, the reason is its code. */
export const stopReasons = {
  not_started: '`start` was not called yet',
  closed: 'the application closed the client',
  signed_out: 'the sign-in is over: sign in again and call `start`; keys and messages stay',
  revoked: 'the device was revoked and never gets in again: what it holds may be wiped',
  account_deactivated: 'the account is deactivated: call `start` once an admin has unlocked it',
  account_erased: 'the account was erased',
  unknown_device: 'the server does not know the device',
  invalid_dpop_proof: 'the device is registered with another key, because its store was lost: use a new device id',
  wrong_token: 'the access token is for another user or device than this client: `error` tells which',
  replaced: 'another client connected as this device',
  flooding: 'the client sent far too much',
  protocol_error: 'the client sent something that is not a frame of the protocol',
  store_failed:
    'the store could not be read or written for half a minute, or is damaged: `error` tells how; make a new client once it can',
  closed_by_server: 'the server closed for good, with a code that this version does not know',
} as const

export type StopReason = keyof typeof stopReasons

export const isStopReason = (name: string): name is StopReason => Object.hasOwn(stopReasons, name)

/** Why a client that is `waiting` has no connection; it tries again by itself. */
export const waitReasons = {
  disconnected: 'the connection broke off or could not be opened',
  offline: 'the browser has no network',
  no_answer: 'the server did not answer in time',
  server_restart: 'the server restarts',
  token: 'another access token is needed, or the application gave none: `error` tells which',
  refused: 'the server refused for the moment',
  snapshot: 'the snapshot could not be loaded: `error` tells why',
} as const

export type WaitReason = keyof typeof waitReasons

const final: ReadonlySet<string> = new Set<StopReason>([
  'signed_out',
  'revoked',
  'account_deactivated',
  'account_erased',
  'unknown_device',
  'invalid_dpop_proof',
  'wrong_token',
])

/** Does this error of a request mean that there will never be a connection? */
export const endsClient = (code: string): boolean => final.has(code)
