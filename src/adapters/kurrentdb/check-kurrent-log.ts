import { createCalls, type Patience } from './connection/calls.ts'
import { connected } from './connection/connect.ts'
import { checkRights } from './connection/rights.ts'
import { createStreamNames } from './streams/stream-names.ts'

export interface CheckLogOptions extends Partial<Patience> {
  /** As `openKurrentLog` takes them. */
  readonly connectionString: string
  readonly namespace: string
}

/** Whether the log can be used as it is; answers where it is. Changes nothing there. Rejects with an `OperatorError` where it cannot. */
export const checkKurrentLog = (options: CheckLogOptions): Promise<string> =>
  connected(options.connectionString, async ({ client, address, close }) => {
    const { namespace, attemptMs = 3_000, giveUpMs = 10_000 } = options
    await checkRights(client, createStreamNames(namespace), createCalls({ attemptMs, giveUpMs }), address)
    await close()
    return address
  })
