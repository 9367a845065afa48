import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEmbeddedDocuments } from '../../../src/adapters/embedded/documents/open-documents.ts'
import { openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import { createMemoryDocumentStore } from '../../../src/adapters/memory/document-store.ts'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { openMongoDocuments } from '../../../src/adapters/mongodb/open-documents.ts'
import { createCommands } from '../../../src/commands/create-commands.ts'
import type { DocumentStore } from '../../../src/ports/document-store.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { createKurrentWorld } from '../engines/kurrentdb-world.ts'
import { newMongoDatabase } from '../engines/mongodb-database.ts'
import { openReadSide } from '../projections/read-side.ts'

/** The write side and the read side over the engines of one profile. */
export type Profile = Awaited<ReturnType<typeof openProfile>>

const openProfile = async (log: EventLog, documents: DocumentStore, now: () => number, shared: boolean) => {
  const side = await openReadSide({ log, documents, now })
  const { originalOf, wasDeleted } = side.queries
  const deps = { log, snapshots: createMemoryLog().snapshots, originalOf, wasDeleted, now, newId: randomUUID, shared }
  const commands = createCommands(
    {
      ...deps,
      mayNameMedia: async () => true,
      random: Math.random,
      sleep: async (ms) => void (await sleep(ms)),
      onConflict: () => {},
    },
    { maxIdle: 100, maxPending: 1000, timeoutMs: 2 ** 31, receiptsWindowMs: 1 },
  )
  return {
    ...{ log, documents, side, commands },
    close: async (): Promise<void> => {
      await commands.close()
      await side.close()
      await documents.close()
    },
  }
}

/** One process, one directory. */
export const openEmbeddedProfile = async (now: () => number) => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-profile-'))
  const log = await openEmbeddedLog({ directory })
  const profile = await openProfile(log, await openEmbeddedDocuments({ directory }), now, false)
  return {
    ...profile,
    close: async (): Promise<void> => {
      await profile.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** KurrentDB's double, and MongoDB where there is one, else documents in memory. */
export const openClusterProfile = async (now: () => number, mongodb: string | undefined) => {
  const world = createKurrentWorld()
  const log = await world.open((await world.double()).url)
  const database = mongodb === undefined ? undefined : await newMongoDatabase(mongodb)
  const documents = database === undefined ? createMemoryDocumentStore() : await openMongoDocuments(database.options)
  const profile = await openProfile(log, documents, now, true)
  return {
    ...profile,
    close: async (): Promise<void> => {
      await profile.close()
      await database?.remove()
      await world.dispose()
    },
  }
}
