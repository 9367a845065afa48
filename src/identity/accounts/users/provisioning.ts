import type { AccountStore } from '../../../ports/identity/account-store.ts'
import type { SeenDevice } from '../../../ports/identity/device-records.ts'

/**
 * Creates what a token shows for the first time. All that come within one turn of the event loop are one
 * transaction.
 */
export const createProvisioning = (store: Pick<AccountStore, 'provision'>) => {
  let waiting: SeenDevice[] = []
  let done: Promise<void> | undefined

  const run = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    const seen = waiting
    waiting = []
    done = undefined
    await store.provision(seen)
  }

  return (seen: SeenDevice): Promise<void> => {
    waiting.push(seen)
    done ??= run()
    return done
  }
}
