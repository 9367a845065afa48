import { createMlsEngine } from '../e2ee/mls-engine.ts'
import type { ProtectionDeps } from '../protection.ts'
import { createBeside } from './beside.ts'
import { loadDetails } from './details-book.ts'
import { createDirectory } from './directory.ts'
import { loadEnrolment } from './enrolment.ts'
import { createGroupBook } from './group-book.ts'
import type { GroupContext } from './group-context.ts'
import { createInformedEngine } from './informed-engine.ts'
import { loadKeyStock } from './key-stock.ts'
import { createOwnDevices } from './own-devices.ts'
import { loadPlaintexts } from './plaintexts.ts'
import { createReaders } from './readers.ts'
import { loadRetention } from './retention.ts'
import { loadSealedMessages } from './sealed-messages.ts'
import { createStoreWriter } from './store-writer.ts'
import { loadGroups } from './stored-group.ts'
import { loadToldStatements } from './told-statements.ts'
import { loadTrust } from './trust-book.ts'
import { loadUnreadMessages } from './unread-messages.ts'
import { createUserStatements } from './user-statements.ts'

/** What this device keeps of itself, of people, groups and messages, out of its store. `onOwn`: the own user has signed something. */
export const loadMlsBooks = (deps: ProtectionDeps, onOwn: () => void) => {
  const { me, stored, rest, clock, time, onError } = deps
  const { now } = time
  const writer = createStoreWriter(deps.store, clock, onError)
  const directory = createDirectory(rest, me.deviceId)
  const beside = createBeside()
  const trust = loadTrust(stored, () => {
    const identityKey = enrolment.keys()?.identityKey
    return identityKey === undefined ? undefined : { userId: me.userId, identityKey }
  })
  const statements = createUserStatements({ me, directory, trust, write: writer.write, tell: deps.tell, onOwn })
  const readers = createReaders(trust.pins)
  const engine = createInformedEngine(createMlsEngine({ pins: trust.pins, now }), statements, readers)
  const enrolment = loadEnrolment(stored, {
    ...{ me, directory, writer, now, onWaiting: deps.onWaiting },
    leadsTo: async ({ identityKey, statements: said }) => {
      await statements.hear(me.userId, said)
      return trust.pins().get(me.userId)?.identityKey === identityKey
    },
  })
  const ownDevices = createOwnDevices({ me, trust, enrolment, write: writer.write, tell: deps.tell })
  const plaintexts = loadPlaintexts(stored, deps.lazy)
  const book = createGroupBook(loadGroups(stored), writer)
  const stock = loadKeyStock(stored, { engine, directory, writer, time })
  const context: GroupContext = {
    ...{ me, engine, directory, book, plaintexts, stock, trust, clock, time, onError },
    ...{ random: deps.random, newId: deps.newId, device: enrolment.device, alongside: beside.add },
  }
  return {
    ...{ writer, beside, statements, readers, enrolment, ownDevices, context },
    details: loadDetails(stored, beside.add),
    toldStatements: loadToldStatements(stored, statements.own, beside.add),
    sealed: loadSealedMessages(stored, (change) => beside.add([change])),
    retention: loadRetention(stored, { plaintexts, rest, clock, time, write: writer.write, onError }),
    unread: loadUnreadMessages(stored),
  }
}

export type MlsBooks = ReturnType<typeof loadMlsBooks>
