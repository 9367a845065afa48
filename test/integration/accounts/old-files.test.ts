import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromBase64 } from '../../../packages/client/src/encoding/base64.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { deviceId, userId } from '../../../src/domain/ids.ts'
import { createAccounts } from '../../../src/identity/accounts/create-accounts.ts'
import { createSealer } from '../../../src/identity/tokens/keys/sealing-key.ts'
import { recordBy } from '../../support/accounts/chained-devices.ts'

const files = ['schema-2', 'schema-4'] as const
const at = 1_700_000_000_000
const dayMs = 86_400_000
const ann = { userId: userId('ann'), deviceId: deviceId('phone') }
const sender = { address: '192.0.2.1' }

/** Files that earlier versions left: their schema as they made it, with rows of every kind, some without what is optional. */
describe.each(files)('An accounts database of an earlier version (%s)', (file) => {
  let directory: string
  let sql: string
  const closing: (() => Promise<void>)[] = []
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backscroll-old-accounts-'))
    sql = await readFile(new URL(`../../fixtures/accounts/${file}.sql`, import.meta.url), 'utf8')
    const db = new Database(join(directory, 'accounts.db'))
    db.exec(sql)
    db.close()
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    await rm(directory, { recursive: true })
  })

  const open = async () => {
    const store = await openAccountsFile({ directory })
    const accounts = createAccounts({
      store,
      tell: async () => {},
      tellAct: async () => undefined,
      settings: {
        ...{ registration: true, registrationsPerHour: 100, signInsPerMinute: 100, maxDevices: 10 },
        ...{ claimBurst: 10, claimEveryMs: 1000, recoveryBurst: 100, reportDays: 180, findableByLogin: true },
      },
      ...{ signOut: () => {}, mail: undefined, sealer: createSealer(join(directory, 'keys')), audit: () => {} },
      ...{ passkeys: () => undefined, newId: randomUUID, now: () => at + dayMs, onError: () => {}, onParked: () => {} },
    })
    closing.push(accounts.close, store.close)
    return { store, accounts }
  }
  const identityOf = () => fromBase64(/made for this file: (\S+)/.exec(sql)?.[1] ?? '')

  it('keeps all of its rows', async () => {
    const before = new Database(join(directory, 'accounts.db'))
    const tables = before.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[]
    const rowsOf = (db: Database.Database, table: string) => db.prepare(`select * from ${table}`).all()
    const all = tables.map((table) => [table, rowsOf(before, table)] as const)
    before.close()
    await (await openAccountsFile({ directory })).close()
    const after = new Database(join(directory, 'accounts.db'))
    for (const [table, rows] of all)
      expect([table, rowsOf(after, table)]).toEqual([
        table,
        table === 'schema_versions' ? expect.anything() : rows.map((row) => expect.objectContaining(row)),
      ])
    after.close()
  })

  it('says of accounts, devices and keys what it said before', async () => {
    const { store, accounts } = await open()
    const { account, devices } = await store.standing('ann')
    expect(account).toMatchObject({
      ...{ login: 'ann@example.org', status: 'active', roles: ['user', 'admin'], tokensFrom: at, tokensSpare: null },
      profile: { displayName: "Ann O'Hara", about: 'likes old files' },
      privacy: { online: 'contacts', lastSeen: 'nobody', readReceipts: false, findableByLogin: false },
      settings: { theme: 'dark' },
    })
    const chained = file === 'schema-4'
    expect(
      devices.map(({ deviceId, name, chain, revokedAt }) => [deviceId, name, chain?.length, revokedAt]).sort(),
    ).toEqual([
      ['laptop', null, chained ? 1 : undefined, null],
      ['lost', null, undefined, at + 1],
      ['phone', 'Phone', undefined, null],
    ])
    expect((await accounts.devices.list('ann')).statements).toHaveLength(chained ? 1 : 0)
    expect((await store.standing('acme|bob')).devices).toMatchObject([{ deviceId: 'browser', signatureKey: null }])
    expect((await store.standing('cid')).account?.status).toBe('deactivated')
    const db = new Database(join(directory, 'accounts.db'), { readonly: true })
    expect(db.prepare('select id, user_id from oauth_records').all()).toEqual([{ id: 'refresh-1', user_id: 'ann' }])
    db.close()
  })

  it('lets its people sign in, hands out their keys, and takes what a new version adds', async () => {
    const { store, accounts } = await open()
    expect(await accounts.signIn.signIn('ann@example.org', 'an old password', sender)).toMatchObject({ userId: 'ann' })
    expect(await accounts.signIn.signIn('ann@example.org', 'another one', sender)).toEqual({ kind: 'wrong' })
    expect(await accounts.keyPackages.count('ann', 'phone')).toEqual({ oneTime: 1, lastResort: true })
    const bob = { userId: userId('acme|bob'), deviceId: deviceId('browser') }
    const claim = (id: string) => accounts.keyPackages.claim(bob, 'ann', id)
    expect((await claim('claim-1')).packages).toMatchObject([{ keyPackage: 'Z2l2ZW4=' }])
    expect((await claim('claim-2')).packages).toMatchObject([{ keyPackage: 'b25lLXRpbWU=', lastResort: false }])
    expect((await claim('claim-3')).packages).toMatchObject([{ keyPackage: 'bGFzdC1yZXNvcnQ=', lastResort: true }])
    expect(await accounts.pairings.read('ann', 'pairing-1', 0)).toMatchObject([{ number: 1, payload: 'aGVsbG8=' }])
    expect(await accounts.pairings.send(ann, 'pairing-1', 'YW5zd2Vy')).toBe(2)

    const recovery = await accounts.recovery.read('ann')
    expect(recovery).toMatchObject({ blob: 'c2VhbGVk', number: 0 })
    const { account } = await store.standing('ann')
    const identity = { privateKey: identityOf(), publicKey: fromBase64(account?.identityKey ?? '') }
    await accounts.recovery.write('ann', await recordBy(identity, 'ann', 'bmV3', 1))
    expect(await accounts.recovery.read('ann')).toMatchObject({ blob: 'bmV3', number: 1 })

    const { secret } = await accounts.secondFactors.offerTotp(ann, 'an old password')
    expect(secret).toMatch(/^[A-Z2-7]+$/)
    await accounts.devices.rename(ann, 'laptop', 'Work')
    await accounts.administration.erase({ actor: null }, 'cid')
    expect((await store.standing('cid')).account).toBeUndefined()
    await expect(
      accounts.registration.register({ login: 'cid', password: 'a new password' }, sender),
    ).resolves.toMatchObject({
      userId: expect.any(String),
    })
  })

  it('tells what was still to be told, and opens again as it is', async () => {
    const first = await openAccountsFile({ directory })
    expect((await first.noticesOf('ann', 10)).map(({ id }) => id)).toEqual(['notice-1'])
    await first.close()
    const again = await openAccountsFile({ directory })
    expect((await again.standing('ann')).account?.login).toBe('ann@example.org')
    await again.close()
  })
})
