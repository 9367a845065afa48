import { onEachEngine } from '../../support/accounts/databases.ts'
import { accountSearchContract } from './account-search.suite.ts'
import { accountStoreContract } from './account-store.suite.ts'
import { actsContract } from './acts.suite.ts'
import { archivesContract } from './archives.suite.ts'
import { accountIdentitiesContract } from './identities.suite.ts'
import { invitesContract } from './invites.suite.ts'
import { presenceRecordsContract } from './presence.suite.ts'
import { pushContract } from './push.suite.ts'
import { queuesContract } from './queues.suite.ts'
import { reportsContract } from './reports.suite.ts'

onEachEngine((name, start) => {
  const open = async () => {
    const database = await start()
    return { store: await database.open(), another: database.open, remove: database.remove }
  }
  accountStoreContract(name, open)
  accountIdentitiesContract(name, open)
  invitesContract(name, open)
  actsContract(name, open)
  archivesContract(name, open)
  presenceRecordsContract(name, open)
  pushContract(name, open)
  reportsContract(name, open)
  queuesContract(name, open)
  accountSearchContract(name, open)
})
