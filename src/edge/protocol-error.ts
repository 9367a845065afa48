import { ProtocolError } from '@backscroll/protocol/errors'
import { engineTrouble } from '../commands/writer/engine-trouble.ts'

/** What of everything that can be thrown a client is told; undefined for what nobody foresaw. */
export const protocolErrorOf = (error: unknown): ProtocolError | undefined =>
  error instanceof ProtocolError ? error : engineTrouble(error)
