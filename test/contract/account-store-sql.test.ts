import { onEachEngine } from '../support/accounts-databases.ts'
import { accountStoreContract } from './account-store.suite.ts'

onEachEngine((name, start) =>
  accountStoreContract(name, async () => {
    const database = await start()
    return { store: await database.open(), another: database.open, remove: database.remove }
  }),
)
