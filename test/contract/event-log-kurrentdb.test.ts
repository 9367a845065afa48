import { randomUUID } from 'node:crypto'
import { afterAll, describe } from 'vitest'
import { openKurrentLog } from '../../src/adapters/kurrentdb/open-kurrent-log.ts'
import { engineUrl } from '../support/engines.ts'
import { type KurrentDouble, startKurrentDouble } from '../support/kurrentdb-double/double.ts'
import { eventLogContract } from './event-log.suite.ts'

eventLogContract('The log on KurrentDB, on a double of it', async () => {
  const double = await startKurrentDouble()
  return { open: () => openKurrentLog({ connectionString: double.url }), dispose: () => double.close() }
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
