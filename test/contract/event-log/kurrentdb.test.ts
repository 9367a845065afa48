import { randomUUID } from 'node:crypto'
import { afterAll, describe } from 'vitest'
import { openKurrentLog } from '../../../src/adapters/kurrentdb/open-kurrent-log.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { temporaryDirectory } from '../../support/event-log/directory.ts'
import { sealedLog } from '../../support/event-log/sealed-log.ts'
import { type KurrentDouble, startKurrentDouble } from '../../support/kurrentdb-double/double.ts'
import { eventLogContract } from './event-log.suite.ts'

eventLogContract('The log on KurrentDB, on a double of it', async () => {
  const double = await startKurrentDouble()
  return { open: () => openKurrentLog({ connectionString: double.url }), dispose: () => double.close() }
}, [])

/** As a real server under load was seen to be: it stalls, and ends the subscriptions of slow readers, also where they go live. */
const startLoadedDouble = async () => {
  const double = await startKurrentDouble({ liveBuffer: 16, stalls: { everyMs: 500, forMs: 50 } })
  const dropping = setInterval(() => {
    double.faults.dropSlow()
    double.faults.dropAtTransition(1)
  }, 300)
  const dispose = async () => {
    clearInterval(dropping)
    await double.close()
  }
  return { connectionString: double.url, dispose }
}

eventLogContract('The log on KurrentDB, on a double that stalls and drops subscriptions', async () => {
  const { connectionString, dispose } = await startLoadedDouble()
  return { open: () => openKurrentLog({ connectionString }), dispose }
}, [])

eventLogContract('The log on KurrentDB, with sealed bodies, on a double', async () => {
  const double = await startKurrentDouble()
  const directory = temporaryDirectory()
  const accounts = await openAccountsFile({ directory: directory.path })
  return {
    open: async () => sealedLog(await openKurrentLog({ connectionString: double.url }), accounts.bodyKeys),
    dispose: async () => {
      await double.close()
      await accounts.close()
      directory.remove()
    },
  }
}, [])

const newNamespace = (): string => `t${randomUUID().replaceAll('-', '')}`

let shared: Promise<KurrentDouble> | undefined
afterAll(async () => (await shared)?.close())

eventLogContract('The log on KurrentDB, beside others on the same double', async () => {
  shared ??= startKurrentDouble()
  const connectionString = (await shared).url
  const namespace = newNamespace()
  return { open: () => openKurrentLog({ connectionString, namespace }), dispose: async () => {} }
}, [])

const url = await engineUrl('kurrentdb')

describe.skipIf(url === undefined)(url === undefined ? 'No KurrentDB here: skipped' : 'With KurrentDB', () => {
  eventLogContract('The log on KurrentDB', async () => {
    const namespace = newNamespace()
    return { open: () => openKurrentLog({ connectionString: url ?? '', namespace }), dispose: async () => {} }
  }, [])
})
