import { join } from 'node:path'
import type { AccessEnd } from '@backscroll/protocol/close-codes'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { createAuditCommands } from '../../commands/create-audit-commands.ts'
import { createUserCommands, type UserCommands } from '../../commands/create-user-commands.ts'
import type { WriterDeps } from '../../commands/writer/stream-writer.ts'
import type { Config } from '../../config/config.ts'
import { type Accounts, createAccounts } from '../../identity/accounts/create-accounts.ts'
import { type PublicUrl, relyingParty } from '../../identity/public-url.ts'
import { createSealer } from '../../identity/tokens/keys/sealing-key.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'
import type { OAuthStore } from '../../ports/identity/oauth-store.ts'
import { reportParked } from '../../processes/reactions/report-parked.ts'
import { openMail } from './open-account-mail.ts'
import { openPushAccess } from './open-push-access.ts'

/** The accounts database of a profile. */
export interface AccountDatabase extends AccountStore {
  readonly oauth: OAuthStore
}

export interface AccountsParts {
  readonly config: Config
  readonly publicUrl: Pick<PublicUrl, 'of'>
  /** Closed by its owner, after the accounts. */
  readonly store: AccountDatabase
  readonly writer: WriterDeps
  /** Closes sockets at once. */
  readonly revoke: (userId: string, why: AccessEnd, deviceId?: string) => void
  readonly logger: Logger
}

export interface OpenAccounts extends Accounts {
  readonly store: AccountDatabase
  /** The write side of users' streams. */
  readonly users: UserCommands
}

/** Accounts over their database; announces what happens through the event log. */
export const openAccounts = ({ config, publicUrl, store, writer, revoke, logger }: AccountsParts): OpenAccounts => {
  const users = createUserCommands(writer, { maxIdle: 1_000, maxPending: 1_000, timeoutMs: 10_000 })
  const audit = createAuditCommands(writer, { maxIdle: 1, maxPending: 1_000, timeoutMs: 10_000 })
  const accounts = createAccounts({
    store,
    tell: ({ id, userId, command }) => users.tell(userId, { id, command }),
    tellAct: audit.tell,
    settings: config.accounts,
    signOut: revoke,
    mail: openMail(config, publicUrl, writer.now),
    sealer: createSealer(join(config.dataDirectory, 'keys')),
    push: openPushAccess(config),
    passkeys: relyingParty({ ...config.oauth, ...config.api }, publicUrl),
    audit: (entry) => logger.info({ audit: entry }, 'accounts'),
    newId: () => uuidv7(),
    now: writer.now,
    onError: (error) => logger.error({ err: error }, 'accounts: a task failed and will be tried again'),
    onParked: reportParked(logger),
  })
  return {
    ...accounts,
    store,
    users,
    close: async () => {
      await accounts.close()
      await users.close()
      await audit.close()
    },
  }
}
