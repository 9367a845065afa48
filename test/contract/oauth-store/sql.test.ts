import { expect, test } from 'vitest'
import { onEachEngine } from '../../support/accounts/databases.ts'
import { oauthStoreContract } from './oauth-store.suite.ts'

onEachEngine((name, start) => {
  oauthStoreContract(name, async () => {
    const database = await start()
    const [{ oauth: store }, { oauth: another }] = [await database.open(), await database.open()]
    return { store, another, remove: database.remove }
  })

  test(`${name}: a record waits for another process that is writing accounts`, async () => {
    const database = await start()
    const [{ oauth }, another] = [await database.open(), await database.open()]
    const seen = Array.from({ length: 200 }, (_, index) => ({ userId: `user-${index}`, deviceId: 'phone', at: 1 }))
    const record = {
      kind: 'Session',
      payload: '{}',
      grantId: undefined,
      userId: undefined,
      uid: undefined,
      userCode: undefined,
    }
    const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`)
    await Promise.all([another.provision(seen), ...ids.map((id) => oauth.put({ ...record, id, expiresAt: 10 }))])
    expect(await oauth.find('Session', 'id-19', 0)).toBeDefined()
    await database.remove()
  })
})
