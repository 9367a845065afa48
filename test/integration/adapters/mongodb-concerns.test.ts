import type { CommandStartedEvent } from 'mongodb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, type Engine } from '../../../src/adapters/mongodb/connect.ts'
import { createReader } from '../../../src/adapters/mongodb/document-reader.ts'
import { createGuardedWrites } from '../../../src/adapters/mongodb/guarded-writes.ts'
import { createMeta } from '../../../src/adapters/mongodb/meta.ts'
import { createSnapshots } from '../../../src/adapters/mongodb/snapshots.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newMongoDatabase } from '../../support/engines/mongodb-database.ts'

const server = await engineUrl('mongodb')

/** Commands whose answers may contain data that the server can still roll back. */
const reads = ['find', 'aggregate', 'count', 'distinct']
const writes = ['insert', 'update', 'delete', 'findAndModify']

describe.skipIf(server === undefined)(server === undefined ? 'skipped: no MongoDB' : 'What is asked of MongoDB', () => {
  let database: Awaited<ReturnType<typeof newMongoDatabase>>
  let engine: Engine
  let commands: CommandStartedEvent[]
  beforeEach(async () => {
    database = await newMongoDatabase(server ?? '')
    // What the address says about it does not count.
    const url = new URL(server ?? '')
    url.search = `${url.search}&monitorCommands=true&readConcernLevel=local&w=1&journal=false`
    engine = await connect({ ...database.options, url: url.href })
    commands = []
    engine.client.on('commandStarted', (event) => commands.push(event))
  })
  afterEach(async () => {
    await engine.client.close()
    await database.remove()
  })

  const asked = (names: readonly string[], key: string) =>
    commands
      .filter(({ commandName }) => names.includes(commandName))
      .map(({ commandName, command }) => [commandName, command[key]])

  it('is what a majority has: checkpoints, states that are folded on, documents; and what is written is journaled by one', async () => {
    const writeGuarded = createGuardedWrites(engine)
    const meta = createMeta(engine, writeGuarded)
    const snapshots = createSnapshots(engine, writeGuarded)
    const reader = createReader(engine)
    await meta.write({ live: '{"position":"1"}', epoch: 'e' })
    await meta.get('live')
    await meta.list('parked/')
    await snapshots.save({ stream: 'conversation-a', revision: 1, version: 1, state: '{}' })
    await snapshots.load('conversation-a')
    await writeGuarded(engine.db.collection('people'), [
      { _id: 'ann', isNew: true, guard: {}, values: { revision: 1, document: '{}' } },
    ])
    await reader.get('people', 'ann')
    await reader.find('people', { limit: 3 })
    await reader.count('people', {}, 3)

    const read = asked(reads, 'readConcern')
    expect(read.length).toBeGreaterThan(6)
    for (const [name, concern] of read) expect([name, concern]).toEqual([name, { level: 'majority' }])
    const written = asked(writes, 'writeConcern')
    expect(written.length).toBeGreaterThan(4)
    for (const [name, concern] of written)
      expect([name, concern]).toEqual([name, expect.objectContaining({ w: 'majority', j: true })])
  })
})
