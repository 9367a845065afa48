import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { accountsTrouble, wereAccountsLeft } from './read-accounts-file.ts'

/** What mends them: they are made from nothing else. */
export const restoreAccounts = 'restore the newest backup of the directory and run `backscroll renew-epoch`'

/** After a stop that was none in order, accounts are looked at before anybody is served. Throws an `OperatorError`. */
export const refuseDamagedAccounts = (directory: string): void => {
  const trouble = wereAccountsLeft(directory) ? accountsTrouble(directory) : undefined
  if (trouble !== undefined) throw new OperatorError(`accounts.db is damaged (${trouble}): ${restoreAccounts}`)
}
