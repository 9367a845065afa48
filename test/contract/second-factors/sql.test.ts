import { onEachEngine } from '../../support/accounts/databases.ts'
import { secondFactorsContract } from './second-factors.suite.ts'

onEachEngine((name, start) => {
  secondFactorsContract(name, async () => {
    const database = await start()
    return { store: await database.open(), another: await database.open(), remove: database.remove }
  })
})
