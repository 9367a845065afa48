import { onEachEngine } from '../../support/accounts/databases.ts'
import { bodyKeysContract } from './body-keys.suite.ts'

onEachEngine((name, start) =>
  bodyKeysContract(name, async () => {
    const database = await start()
    const [{ bodyKeys: keys }, { bodyKeys: another }] = [await database.open(), await database.open()]
    return { keys, another, remove: database.remove }
  }),
)
