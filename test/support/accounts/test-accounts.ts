import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessEnd } from '@backscroll/protocol/close-codes'
import { v7 as uuidv7 } from 'uuid'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { createAuditCommands } from '../../../src/commands/create-audit-commands.ts'
import { createUserCommands } from '../../../src/commands/create-user-commands.ts'
import type { AccountSettings, AuditEntry, ResetMail } from '../../../src/identity/accounts/accounts-deps.ts'
import { createAccounts } from '../../../src/identity/accounts/create-accounts.ts'
import type { PushAccess } from '../../../src/identity/accounts/devices/push-access.ts'
import { createSealer } from '../../../src/identity/tokens/keys/sealing-key.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import type { SnapshotStore } from '../../../src/ports/snapshot-store.ts'

const generous: AccountSettings = {
  registration: true,
  registrationsPerHour: 1_000_000,
  findableByLogin: true,
  signInsPerMinute: 1_000_000,
  maxDevices: 10,
  claimBurst: 1_000_000,
  claimEveryMs: 1,
  recoveryBurst: 5,
  reportDays: 180,
}

export interface TestAccountsOptions {
  readonly settings?: Partial<AccountSettings>
  readonly now?: () => number
  /** The largest size of the file of the accounts. */
  readonly maxBytes?: number
  readonly push?: PushAccess
}

/** The real accounts over a file of their own, telling what happens to `log`. */
export const openTestAccounts = async (
  log: EventLog & { readonly snapshots: SnapshotStore },
  { settings = {}, now = Date.now, maxBytes, push }: TestAccountsOptions = {},
) => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-accounts-'))
  const store = await openAccountsFile({ directory, ...(maxBytes !== undefined && { maxBytes }) })
  const writer = { log, snapshots: log.snapshots, now, random: Math.random, sleep, onConflict: () => undefined }
  const users = createUserCommands(writer, { maxIdle: 100, maxPending: 1000, timeoutMs: 5000 })
  const acts = createAuditCommands(writer, { maxIdle: 1, maxPending: 1000, timeoutMs: 5000 })
  const signedOut: (readonly [userId: string, why: AccessEnd, deviceId: string | undefined])[] = []
  const errors: unknown[] = []
  const letters: Parameters<ResetMail['send']>[0][] = []
  const audit: AuditEntry[] = []
  const accounts = createAccounts({
    store,
    tell: ({ id, userId, command }) => users.tell(userId, { id, command }),
    tellAct: acts.tell,
    settings: { ...generous, ...settings },
    signOut: (userId, why, deviceId) => signedOut.push([userId, why, deviceId]),
    mail: { send: async (letter) => void letters.push(letter) },
    sealer: createSealer(join(directory, 'keys')),
    ...(push && { push }),
    passkeys: () => ({ id: 'localhost', origins: ['http://localhost'] }),
    audit: (entry) => audit.push(entry),
    newId: () => uuidv7(),
    now,
    elapsed: now,
    onError: (error) => errors.push(error),
    onParked: ({ error }) => errors.push(error),
  })
  return {
    ...accounts,
    store,
    users,
    directory,
    signedOut,
    letters,
    audit,
    errors,
    close: async () => {
      await accounts.close()
      await users.close()
      await acts.close()
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}
