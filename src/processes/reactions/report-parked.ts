import type { Logger } from 'pino'
import type { ParkedReaction } from '../../ports/parked-reactions.ts'

/** Once for each time that a stream is parked. */
export const reportParked =
  (logger: Logger) =>
  ({ process, stream, revision, type, attempts, error }: ParkedReaction): void =>
    logger.error(
      { process, stream, ...(revision !== null && { revision }), type, attempts, reason: error },
      'what follows from an event could not be done and was parked, until `backscroll reactions retry`; other streams go on',
    )
