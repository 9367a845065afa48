import { onEachEngine } from '../../support/accounts/databases.ts'
import { rateLimitsContract } from './rate-limits.suite.ts'

onEachEngine((name, start) => {
  rateLimitsContract(name, async () => {
    const database = await start()
    return { limits: await database.open(), another: await database.open(), remove: database.remove }
  })
})
