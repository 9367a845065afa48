import { ProtocolError } from '@backscroll/protocol/errors'
import { LogError } from '../../ports/errors/log-error.ts'
import { StorageFullError } from '../../ports/errors/storage-full-error.ts'
import { UnavailableError } from '../../ports/errors/unavailable-error.ts'

const unavailable = () => new ProtocolError('unavailable', undefined, { retryAfterMs: 1000 })

const ofLog = ({ code }: LogError): ProtocolError => {
  if (code === 'log_full') return new ProtocolError('storage_full')
  if (code === 'log_damaged') return new ProtocolError('log_damaged', undefined, { retryAfterMs: 30_000 })
  if (code === 'stream_closed') return new ProtocolError('conversation_closed')
  return code === 'event_too_large' ? new ProtocolError('too_large') : unavailable()
}

/** What a client is told when an engine fails; undefined for every other error. */
export const engineTrouble = (error: unknown): ProtocolError | undefined => {
  if (error instanceof LogError) return ofLog(error)
  if (error instanceof StorageFullError) return new ProtocolError('storage_full')
  return error instanceof UnavailableError ? unavailable() : undefined
}
