import { v7 as uuidv7 } from 'uuid'
import { openAccountDatabase } from '../../compose/identity/account-database.ts'
import { type Config, loadConfig } from '../../config/config.ts'
import type { ActName, AdminAct } from '../../domain/audit/admin-acts.ts'
import { issueReset } from '../../identity/accounts/sign-in/issue-reset.ts'
import { normaliseLogin } from '../../identity/accounts/sign-in/login-names.ts'
import { resetLink } from '../../identity/accounts/sign-in/reset-link.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'
import { type JsonOption, print, say } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { requireAccounts } from '../settings/existing-directory.ts'

export interface OfLogin extends JsonOption {
  readonly login: string
}

const publicUrlOf = ({ oauth, host, port }: Config): string => oauth.publicUrl ?? `http://${host}:${port}`

/** Opens the existing accounts, even while a server has them open. */
export const withAccounts = async <Result>(
  config: Config,
  work: (store: AccountStore) => Promise<Result>,
): Promise<Result> => {
  requireAccounts(config)
  const store = await openAccountDatabase(config)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/**
 * Records what an operator does at the command line. A running server copies it to the log, or else the next server
 * to start.
 */
const operatorAct = (act: ActName, { userId }: { readonly userId: string }): AdminAct => ({
  ...{ id: uuidv7(), act, at: Date.now(), actor: null, userId },
})

const issueForOperator = async (store: AccountStore, login: string) => {
  const issued = await issueReset(store, login, Date.now())
  if (issued !== undefined) await store.keepAct(operatorAct('issue_password_reset', issued))
  return issued
}

/** A link by which the owner of the account sets a new password. The server may be running. */
export const printResetLink = async (options: OfLogin, env: Environment): Promise<void> => {
  const config = loadConfig(env)
  const issued = await withAccounts(config, (store) => issueForOperator(store, options.login))
  if (issued === undefined) throw new OperatorError('There is no active account of this login with a password.')
  const until = new Date(issued.expiresAt).toISOString()
  say(`Good once, until ${until}, for ${issued.userId}. Whoever opens it can set the password.`)
  const link = resetLink(publicUrlOf(config), issued.code)
  print(options, { link, userId: issued.userId, expiresAt: until }, link)
}

const removeFactors = async (store: AccountStore, login: string): Promise<string> => {
  const account = await store.accountByLogin(normaliseLogin(login))
  if (
    account === undefined ||
    !(await store.removeFactors(account.userId, operatorAct('reset_second_factor', account)))
  )
    throw new OperatorError('There is no account of this login, or it has no second factor.')
  return account.userId
}

/** For a user who has lost the second factors: afterwards the password alone is enough. */
export const resetSecondFactor = async (options: OfLogin, env: Environment): Promise<void> => {
  const userId = await withAccounts(loadConfig(env), (store) => removeFactors(store, options.login))
  print(options, { userId }, `${userId} signs in with the password alone`)
}
