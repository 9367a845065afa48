import { ProtocolError } from '@backscroll/protocol/errors'
import { engineTrouble } from '../commands/writer/engine-trouble.ts'

/** What a client is told about anything that can be thrown; undefined for an unexpected error. */
export const protocolErrorOf = (error: unknown): ProtocolError | undefined =>
  error instanceof ProtocolError ? error : engineTrouble(error)
