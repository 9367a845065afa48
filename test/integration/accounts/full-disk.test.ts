import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { engineTrouble } from '../../../src/commands/writer/engine-trouble.ts'
import { StorageFullError } from '../../../src/ports/errors/storage-full-error.ts'
import { createCaller, startApi } from '../../support/api/harness.ts'

test('on a full disk a new user is told that there is no space, known users are served, and all goes on when there is room', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-accounts-full-'))
  const store = await openAccountsFile({ directory, maxBytes: 512 * 1024 })
  const provision = (n: number) =>
    store.provision([{ userId: `user-${n}-${'x'.repeat(100)}`, deviceId: 'phone', at: n }])
  const fill = async () => {
    for (let known = 0; known < 10_000; known += 1) {
      const refusal: unknown = await provision(known).catch((error: unknown) => error)
      if (refusal instanceof Error) return { refusal, known }
    }
    throw new Error('the file never filled')
  }
  const { refusal, known } = await fill()
  expect(engineTrouble(refusal)).toMatchObject({ code: 'storage_full' })
  await expect(provision(known)).rejects.toBeInstanceOf(StorageFullError)
  expect((await store.standing(`user-0-${'x'.repeat(100)}`)).devices).toHaveLength(1)
  await store.close()

  const roomier = await openAccountsFile({ directory })
  await roomier.provision([{ userId: 'late', deviceId: 'phone', at: 1 }])
  expect((await roomier.standing('late')).devices).toHaveLength(1)
  await roomier.close()
  await rm(directory, { recursive: true })
})

test('the first request of a new user on a full disk is 507, and that of a known one is answered', async () => {
  const running = await startApi({}, {}, { maxBytes: 512 * 1024 })
  const known = await createCaller(running, 'known')
  expect((await known('GET', '/me')).status).toBe(200)
  const { store } = running.accounts
  /** The first user for whom there is no room: how much is left decides which others still fit. */
  const fill = async (): Promise<string> => {
    for (let at = 0; ; at += 1) {
      const userId = `user-${at}-${'x'.repeat(100)}`
      const refusal: unknown = await store
        .provision([{ userId, deviceId: 'phone', at }])
        .catch((error: unknown) => error)
      if (refusal === undefined) continue
      expect(refusal).toBeInstanceOf(StorageFullError)
      return userId
    }
  }
  const fresh = await createCaller(running, await fill())
  expect(await fresh('GET', '/me')).toMatchObject({ status: 507, body: { code: 'storage_full', temporary: true } })
  expect((await known('GET', '/me')).status).toBe(200)
  await running.close()
})
