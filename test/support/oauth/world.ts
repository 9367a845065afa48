import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify, { type FastifyBaseLogger } from 'fastify'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { handleError } from '../../../src/api/http/error-handler.ts'
import { openDeviceProofs } from '../../../src/compose/identity/open-device-proofs.ts'
import type { AuditEntry, ResetMail } from '../../../src/identity/accounts/accounts-deps.ts'
import { createAccounts } from '../../../src/identity/accounts/create-accounts.ts'
import type { OAuthSettings } from '../../../src/identity/oauth/oauth-deps.ts'
import { oauthPlugin } from '../../../src/identity/oauth/oauth-plugin.ts'
import { defaultClients } from '../../../src/identity/oauth/provider/oauth-clients.ts'
import { oauthAccounts } from '../../../src/identity/oauth-accounts.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { createSealer } from '../../../src/identity/tokens/keys/sealing-key.ts'
import { createTokenVerifier } from '../../../src/identity/tokens/token-verifier.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import type { Bucket } from '../../../src/ports/rate-limits.ts'

export const password = 'correct horse battery'

/** The authorization server over real accounts in a file, listening, with a clock that a test can move. */
export const startOAuth = async (
  changes: Partial<OAuthSettings> = {},
  signInsPerMinute = 1000,
  trustProxy: string[] = [],
  /** Passkeys need a name: at an address there are none. */
  host: '127.0.0.1' | 'localhost' = '127.0.0.1',
) => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-oauth-'))
  const keyDirectory = join(directory, 'keys')
  const store = await openAccountsFile({ directory })
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  const letters: Parameters<ResetMail['send']>[0][] = []
  const audit: AuditEntry[] = []
  let url: string | undefined
  const accounts = createAccounts({
    store,
    tell: async () => {},
    tellAct: async () => undefined,
    settings: {
      registration: true,
      registrationsPerHour: 1000,
      signInsPerMinute,
      maxDevices: 10,
      claimBurst: 10,
      claimEveryMs: 1000,
      recoveryBurst: 5,
      reportDays: 180,
      findableByLogin: true,
    },
    signOut: () => {},
    mail: { send: async (letter) => void letters.push(letter) },
    sealer: createSealer(keyDirectory),
    passkeys: () => (host === 'localhost' ? { id: host, origins: [url ?? ''] } : undefined),
    audit: (entry) => audit.push(entry),
    newId: randomUUID,
    now,
    elapsed: now,
    onError: () => {},
    onParked: () => {},
  })
  const lines: string[] = []
  const logger: FastifyBaseLogger = createLogger({
    level: 'trace',
    destination: { write: (line: string) => void lines.push(line) },
  })
  const app = fastify({ loggerInstance: logger, trustProxy: trustProxy.length > 0 && trustProxy })
  app.setErrorHandler(handleError)
  const settings: OAuthSettings = {
    publicUrl: () => url,
    audience: 'backscroll',
    clients: defaultClients,
    accessTokenTtl: 900,
    refreshTokenTtl: 86_400,
    refreshGraceMs: 60_000,
    ...changes,
  }
  const parts = {
    store: store.oauth,
    accounts: oauthAccounts(accounts, { registration: true, now }),
    limits: { take: (buckets: readonly Bucket[]) => accounts.limits.take(...buckets) },
    proofs: await openDeviceProofs({ oauth: { publicUrl: undefined } }, store, now),
    keyDirectory,
  }
  await oauthPlugin(app, { ...parts, settings, logger, now, elapsed: now })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  url = `http://${host}:${port}`
  const { jwksFile } = await createLocalKeys(keyDirectory)
  const verifier = createTokenVerifier({
    keys: { file: jwksFile },
    issuer: 'backscroll',
    audience: 'backscroll',
    issuerUrl: () => `${url}/oauth`,
    clockToleranceSeconds: 0,
    cacheSize: 1,
    cacheMs: 0,
  })
  return {
    url,
    directory,
    keyDirectory,
    clock,
    accounts,
    store,
    letters,
    audit,
    lines,
    verifier,
    register: (login: string) => accounts.registration.register({ login, password }, { address: '127.0.0.1' }),
    close: async () => {
      await app.close()
      await accounts.close()
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}

export type OAuthWorld = Awaited<ReturnType<typeof startOAuth>>
