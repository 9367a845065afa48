import { Metadata, type StatusObject, status } from '@grpc/grpc-js'
import type { Appended } from './event-store.ts'
import type { Refusal } from './faults.ts'

/** The server's errors as they are on the wire: a gRPC status whose metadata names the exception. */
const rpcError = (code: status, details: string, more: Record<string, string> = {}): StatusObject => {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(more)) metadata.set(name, value)
  return { code, details, metadata }
}

export const unavailable = (): StatusObject => rpcError(status.UNAVAILABLE, 'Server Is Not Ready')

export const refused = (refusal: Refusal): StatusObject =>
  refusal.kind === 'not_ready'
    ? unavailable()
    : rpcError(status.NOT_FOUND, 'Leader info available', {
        exception: 'not-leader',
        'leader-endpoint-host': refusal.host,
        'leader-endpoint-port': String(refusal.port),
      })

export const internal = (error: unknown): StatusObject => rpcError(status.INTERNAL, String(error))

export const accessDenied = (): StatusObject =>
  rpcError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' })

export const unauthenticated = (): StatusObject => rpcError(status.UNAUTHENTICATED, 'Unauthenticated')

/** As EventStoreDB 23.10 ends a subscription whose reader does not keep up. */
export const tooSlow = (when: 'live' | 'transitioning'): StatusObject =>
  rpcError(
    status.ABORTED,
    `Consumer too slow to handle event while ${when === 'live' ? 'live' : 'transitioning to live'}. Client resubscription required.`,
  )

export const streamDeleted = (stream: string): StatusObject =>
  rpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  })

/** How a write that did not happen is answered; undefined for one that did. */
export const writeError = (stream: string, expected: unknown, appended: Appended): StatusObject | undefined => {
  if (appended.result === 'stream_deleted') return streamDeleted(stream)
  if (appended.result === 'too_large')
    return rpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${appended.limit} Exceeded.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(appended.limit),
    })
  if (appended.result === 'wrong_expected_version')
    return rpcError(status.FAILED_PRECONDITION, 'Failed due to WrongExpectedVersion.', {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': typeof expected === 'number' ? String(expected) : '-1',
      'actual-version': String(appended.current),
    })
  return undefined
}
