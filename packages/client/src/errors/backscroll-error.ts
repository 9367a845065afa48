import { type ErrorCode, type ErrorDetails, errorCodes, errorKinds } from '@backscroll/protocol/errors'
import { type E2eeErrorCode, encryptionTitles } from './encryption-codes.ts'

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
  /** Another tab runs another version of the application: this one has to be loaded anew. */
  reload_needed: { temporary: false, title: 'Another tab runs another version of this application: reload this one' },
  /** The store's file is damaged elsewhere than at its end. */
  corrupt_store: { temporary: false, title: 'This store is damaged' },
  /** The access token is for another user or device than this client. */
  wrong_token: { temporary: false, title: 'The access token is for another device' },
  /** The browser or Node lacks what the SDK needs, or keeps it from this page; details.missing is what. */
  unsupported_platform: { temporary: false, title: 'The SDK cannot run here' },
  /** The person named a key that is neither trusted nor offered now: it may have changed since it was shown. */
  identity_mismatch: { temporary: false, title: 'This is not the identity key that is shown now: look again' },
  /** The private half of the identity key is not on this device. */
  identity_key_needed: {
    temporary: false,
    title: 'The identity key is not on this device: the recovery key is needed',
  },
  /** The encryption cannot be set up; details.reason is why. */
  encryption: { temporary: false, title: 'The encryption failed' },
  /** The authorization server refused; details.reason is why. */
  sign_in_failed: { temporary: false, title: 'The sign-in failed' },
  /** The device is not the user's own yet: approve it on another one, or use the recovery key. */
  not_approved: { temporary: false, title: 'This device is not approved yet' },
  /** A file of the message cannot be read, or the copy that this device has kept of it is gone. */
  file_unreadable: { temporary: false, title: 'A file of the message cannot be read any more' },
  /** There is no room on this device for the copy of a file that waits to be uploaded. */
  device_full: { temporary: false, title: 'This device has no space for a copy of the file' },
  /** The command that is to be withdrawn was sent, or may have been: it cannot be taken back any more. */
  already_sent: { temporary: false, title: 'The command was sent already' },
  /** The command was withdrawn before it was sent. */
  withdrawn: { temporary: false, title: 'The command was withdrawn' },
} as const

type LocalErrorCode = keyof typeof localKinds
export type ClientErrorCode = ErrorCode | LocalErrorCode | E2eeErrorCode

export const clientErrorCodes: readonly ClientErrorCode[] = [
  ...new Set<ClientErrorCode>([
    ...errorCodes,
    ...(Object.keys(localKinds) as LocalErrorCode[]),
    ...(Object.keys(encryptionTitles) as E2eeErrorCode[]),
  ]),
]

interface Kind {
  readonly temporary: boolean
  readonly title: string
}

const encryptionKinds = Object.fromEntries(
  Object.entries(encryptionTitles).map(([code, title]) => [code, { temporary: false, title }]),
)

/** What an application can get besides the protocol's, by code: a closed list. */
export const sdkErrorKinds: Readonly<Record<string, Kind>> = { ...localKinds, ...encryptionKinds }

export interface ErrorFacts {
  readonly message?: string | undefined
  /** The same request may be sent again, unchanged. Default: what the code says. */
  readonly temporary?: boolean | undefined
  readonly retryAfterMs?: number | undefined
  readonly details?: ErrorDetails | undefined
  /** What was thrown below, where the SDK did not make the error itself. */
  readonly cause?: unknown
}

const protocolKinds: Readonly<Record<string, Kind>> = errorKinds

const kindOf = (code: ClientErrorCode): Kind =>
  protocolKinds[code] ?? sdkErrorKinds[code] ?? { temporary: false, title: code }

/** The one error of the SDK: `code` is the protocol's, or one of `sdkErrorKinds`. */
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

const isOfTheInside = (error: BackscrollError): boolean => error.constructor !== BackscrollError

/**
 * Whatever was thrown, to decide whether to go on. A fault of another device says nothing about the request that met
 * it, so it is `internal` here; `shownError` tells people what it is.
 */
export const toBackscrollError = (thrown: unknown): BackscrollError =>
  thrown instanceof BackscrollError && !isOfTheInside(thrown)
    ? thrown
    : new BackscrollError('internal', {
        message: thrown instanceof Error ? thrown.message : String(thrown),
        cause: thrown,
      })

/** Whatever was thrown, as the application is told: under its own code, also where it was wrapped on its way. */
export const shownError = (thrown: unknown): BackscrollError => {
  if (!(thrown instanceof BackscrollError)) return toBackscrollError(thrown)
  return thrown.code === 'internal' && thrown.cause instanceof BackscrollError ? thrown.cause : thrown
}

/** More than a connection or a server that is away for a while: somebody has to hear of it. */
export const isFault = (thrown: unknown): boolean => !(thrown instanceof BackscrollError) || !thrown.temporary

/** The access token is to blame, not the request. */
export const blamesToken = (error: BackscrollError): boolean =>
  ['unauthenticated', 'token_expired', 'signed_out', 'wrong_token'].includes(error.code)
