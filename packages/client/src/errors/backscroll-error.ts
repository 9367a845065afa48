import { type ErrorCode, type ErrorDetails, errorKinds } from '@backscroll/protocol/errors'

/** What can fail without the server saying so. */
const localKinds = {
  /** The connection was lost before the answer came. The request may or may not have had its effect. */
  disconnected: { temporary: true, title: 'The connection was lost before the answer came' },
  /** The client was closed, or the server told it not to reconnect. */
  stopped: { temporary: false, title: 'The client is stopped' },
  /** The store holds the state of another user or device. */
  wrong_store: { temporary: false, title: 'This store belongs to another device' },
  /** Another running client, maybe in another tab, has this store open. */
  store_in_use: { temporary: false, title: 'Another client uses this store' },
  /** The store's file is damaged elsewhere than at its end. */
  corrupt_store: { temporary: false, title: 'This store is damaged' },
  /** The access token is for another user or device than this client. */
  wrong_token: { temporary: false, title: 'The access token is for another device' },
  /** The browser or Node lacks what the SDK needs, or keeps it from this page; details.missing is what. */
  unsupported_platform: { temporary: false, title: 'The SDK cannot run here' },
  /** A user's identity key is not the one that this device trusts: a person must confirm it before anything is sent. */
  identity_changed: { temporary: false, title: 'The identity key of a user has changed' },
  /** The person named a key that is neither trusted nor offered now: it may have changed since it was shown. */
  identity_mismatch: { temporary: false, title: 'This is not the identity key that is shown now: look again' },
  /** The private half of the identity key is not on this device. */
  identity_key_needed: {
    temporary: false,
    title: 'The identity key is not on this device: the recovery key is needed',
  },
  /**
   * The other user has no device that could read it: none with keys, or none whose key packages have neither run out
   * nor expired.
   */
  no_device: { temporary: false, title: 'No device of this user can be added now' },
  /** Nobody can be added by a device whose date is months ahead: all key packages have expired by it. */
  clock_ahead: { temporary: false, title: "This device's date is far ahead of the server's: set it right" },
  /** The encryption cannot be set up; details.reason is why. */
  encryption: { temporary: false, title: 'The encryption failed' },
  /** The authorization server refused; details.reason is why. */
  sign_in_failed: { temporary: false, title: 'The sign-in failed' },
  /** The device is not the user's own yet: approve it on another one, or use the recovery key. */
  not_approved: { temporary: false, title: 'This device is not approved yet' },
  /** The command that is to be withdrawn was sent, or may have been: it cannot be taken back any more. */
  already_sent: { temporary: false, title: 'The command was sent already' },
  /** The command was withdrawn before it was sent. */
  withdrawn: { temporary: false, title: 'The command was withdrawn' },
} as const

export type ClientErrorCode = ErrorCode | keyof typeof localKinds

export interface ErrorFacts {
  readonly message?: string | undefined
  /** The same request may be sent again, unchanged. Default: what the code says. */
  readonly temporary?: boolean | undefined
  readonly retryAfterMs?: number | undefined
  readonly details?: ErrorDetails | undefined
  /** What was thrown below, where the SDK did not make the error itself. */
  readonly cause?: unknown
}

const kindOf = (code: ClientErrorCode) =>
  code in localKinds ? localKinds[code as keyof typeof localKinds] : errorKinds[code as ErrorCode]

/** The one error of the SDK: `code` is the protocol's, or a local one. */
export class BackscrollError extends Error {
  readonly code: ClientErrorCode
  readonly temporary: boolean
  readonly retryAfterMs: number | undefined
  readonly details: ErrorDetails | undefined
  constructor(code: ClientErrorCode, facts: ErrorFacts = {}) {
    const kind = kindOf(code)
    super(facts.message ?? kind.title, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'BackscrollError'
    this.code = code
    this.temporary = facts.temporary ?? kind.temporary
    this.retryAfterMs = facts.retryAfterMs
    this.details = facts.details
  }
}

/** Whatever was thrown, as the SDK's error. */
export const toBackscrollError = (thrown: unknown): BackscrollError =>
  thrown instanceof BackscrollError
    ? thrown
    : new BackscrollError('internal', {
        message: thrown instanceof Error ? thrown.message : String(thrown),
        cause: thrown,
      })

/** The access token is to blame, not the request. */
export const blamesToken = (error: BackscrollError): boolean =>
  ['unauthenticated', 'token_expired', 'signed_out', 'wrong_token'].includes(error.code)
