import { onEachEngine } from '../../support/accounts/databases.ts'
import { leasesContract } from './leases.suite.ts'

onEachEngine((name, start) =>
  leasesContract(name, async () => {
    const database = await start()
    const [{ leases }, { leases: another }] = [await database.open(), await database.open()]
    return { leases, another, remove: database.remove }
  }),
)
