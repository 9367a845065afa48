import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountsDatabase } from '../../../src/adapters/sql/database/accounts-database.ts'
import { userId as asUserId, deviceId } from '../../../src/domain/ids.ts'
import { createAccounts } from '../../../src/identity/accounts/create-accounts.ts'
import { createSealer } from '../../../src/identity/tokens/keys/sealing-key.ts'
import { onEachEngine } from '../../support/accounts/databases.ts'

const password = 'correct horse battery'

/** The accounts as one process of a cluster has them: a database and a key directory are shared, nothing else is. */
const startProcess = (store: AccountsDatabase, keys: string) =>
  createAccounts({
    store,
    tell: async () => {},
    tellAct: async () => undefined,
    settings: {
      registration: true,
      registrationsPerHour: 4,
      signInsPerMinute: 4,
      maxDevices: 10,
      claimBurst: 10,
      claimEveryMs: 60_000,
      recoveryBurst: 4,
      reportDays: 180,
      findableByLogin: true,
    },
    signOut: () => {},
    mail: undefined,
    sealer: createSealer(keys),
    passkeys: () => undefined,
    audit: () => {},
    newId: randomUUID,
    now: Date.now,
    onError: () => {},
    onParked: () => {},
  })

onEachEngine((name, start) => {
  describe(`two processes over ${name}`, () => {
    let one: ReturnType<typeof startProcess>
    let two: ReturnType<typeof startProcess>
    let stop: () => Promise<void>
    beforeEach(async () => {
      const [database, keys] = [await start(), await mkdtemp(join(tmpdir(), 'backscroll-keys-'))]
      one = startProcess(await database.open(), keys)
      two = startProcess(await database.open(), keys)
      stop = async () => {
        await Promise.all([one.close(), two.close()])
        await database.remove()
        await rm(keys, { recursive: true })
      }
    })
    afterEach(() => stop())

    const outcome = (answer: Promise<unknown>): Promise<string> =>
      answer.then(
        () => 'went on',
        (error: { code: string }) => error.code,
      )

    test('count guesses at a password and accounts that are made together', async () => {
      const sender = { address: '2001:db8::1' }
      const guess = (by: typeof one, host: number) =>
        outcome(by.signIn.signIn('alice', 'guess', { address: `2001:db8::${host}` }))
      const guesses = await Promise.all([1, 2, 3, 4, 5, 6].flatMap((host) => [guess(one, host), guess(two, host)]))
      expect(guesses.filter((answer) => answer === 'went on')).toHaveLength(4)
      const made = [one, two, one, two, one, two].map((by, index) =>
        outcome(by.registration.register({ login: `user-${index}`, password }, sender)),
      )
      expect((await Promise.all(made)).filter((answer) => answer === 'went on')).toHaveLength(4)
    })

    test('count what one user claims of another, and the pairings of a user, together', async () => {
      const actor = { userId: asUserId('alice'), deviceId: deviceId('phone') }
      const claims = [one, two].flatMap((by) =>
        Array.from({ length: 70 }, (_, n) => outcome(by.keyPackages.claim(actor, 'nobody', `${n}`))),
      )
      const claimed = await Promise.all(claims)
      expect(claimed.filter((answer) => answer === 'not_found').length).toBeLessThan(110)
      expect(claimed.filter((answer) => answer === 'rate_limited').length).toBeGreaterThan(30)
      const opened: string[] = []
      for (const by of [one, two, one, two, one, two, one, two, one, two, one, two])
        opened.push(await outcome(by.pairings.open({ ...actor, userId: asUserId('bob') })))
      expect(opened.filter((answer) => answer === 'went on').length).toBeLessThanOrEqual(10)
      expect(opened.slice(-2)).toEqual(['rate_limited', 'rate_limited'])
    })

    test('take a code of an app once, whichever has made the seed', async () => {
      const { userId } = await one.registration.register({ login: 'alice', password }, { address: '192.0.2.1' })
      const actor = { userId: asUserId(userId), deviceId: deviceId('phone') }
      const { secret } = await one.secondFactors.offerTotp(actor, password)
      const totp = new TOTP({ secret: Secret.fromBase32(secret) })
      await two.secondFactors.confirmTotp(actor, totp.generate({ timestamp: Date.now() - 30_000 }))
      const code = totp.generate()
      const taken = await Promise.all(
        [one, two, one, two].map((by) => by.secondFactors.takeCode(userId, code, { address: '192.0.2.1' })),
      )
      expect(taken.filter((answer) => answer)).toHaveLength(1)
    })
  })
})
