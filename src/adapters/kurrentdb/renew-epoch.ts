import { OperatorError } from '../../ports/errors/operator-error.ts'
import { createCalls, type Patience } from './connection/calls.ts'
import { connected } from './connection/connect.ts'
import { renewLife } from './log-life.ts'
import { createStreamNames } from './streams/stream-names.ts'

export interface RenewEpochOptions extends Partial<Patience> {
  /** As `openKurrentLog` takes them. */
  readonly connectionString: string
  readonly namespace: string
}

/**
 * Gives the log a new epoch, which a restored server needs: the log that was lost may have gone on, so a checkpoint
 * from there would mean something else here. Processes that run keep the old one until they are started again. Rejects
 * with an `OperatorError` where there is no such log.
 */
export const renewEpoch = (options: RenewEpochOptions): Promise<{ readonly before: string; readonly after: string }> =>
  connected(options.connectionString, async ({ client, address, close }) => {
    const { namespace, attemptMs = 3_000, giveUpMs = 10_000 } = options
    const renewed = await renewLife(client, createStreamNames(namespace).epoch, createCalls({ attemptMs, giveUpMs }))
    if (renewed === undefined)
      throw new OperatorError(`BACKSCROLL_CLUSTER: there is no log of the cluster ${namespace} on ${address}`)
    await close()
    return renewed
  })
