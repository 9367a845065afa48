import { sayToDevices, shareKeys } from '../groups/details/share-details-keys.ts'
import type { AbsentMembers } from '../groups/members/absent-members.ts'
import type { EnqueueCommit } from '../groups/state/enqueue-commit.ts'
import type { Renewal } from '../groups/state/epoch-renewal.ts'
import { createDecryptionRecovery } from '../groups/upkeep/decryption-recovery.ts'
import { createGroupTasks } from '../groups/upkeep/group-tasks.ts'
import { shareStatements } from '../groups/upkeep/shared-statements.ts'
import { createSharedTasks } from '../groups/upkeep/shared-tasks.ts'
import type { ProtectionDeps } from '../protection/protection.ts'
import type { MlsBooks } from './mls-books.ts'

export interface GroupUpkeepDeps {
  readonly deps: Pick<ProtectionDeps, 'outbox' | 'knows' | 'caughtUp' | 'isLive'>
  readonly books: MlsBooks
  readonly insert: EnqueueCommit
  readonly renewal: Renewal
  readonly absentMembers: AbsentMembers
}

/** What the devices of a group do for it and for each other, without any person asking. */
export const createGroupUpkeep = ({ deps, books, insert, renewal, absentMembers }: GroupUpkeepDeps) => {
  const { writer, details, sharedStatements, profiles, sharedProfiles, unread, readers, context } = books
  const { me, book, plaintexts, clock, time, random, newId, onError } = context
  const { outbox, knows, caughtUp, isLive } = deps
  const { now } = time
  const healing = createDecryptionRecovery({
    ...{ me, book, plaintexts, readers, unread, renewal, clock, time, write: writer.write, onError },
    send: (id, content) => sayToDevices(outbox, { id, messageId: newId(), content, now: now() }),
    renew: (id) => void insert(id, { type: 'renew' }),
  })
  const groupTasks = createGroupTasks({
    ...{ ...context, details, sharedStatements, profiles, sharedProfiles, absentMembers, outbox, knows, insert },
    tellProfile: (id) => {
      const body = profiles.own()
      if (body === undefined) return
      sayToDevices(outbox, { id, messageId: newId(), content: { type: 'profile', body }, now: now() })
    },
    tellStatements: (id) => {
      const statements = sharedStatements.missing(id)
      shareStatements(outbox, { id, userId: me.userId, statements, newId, now: now() })
    },
    share: (id, keys) => shareKeys(outbox, { id, messageId: newId(), keys, now: now() }),
  })
  const tasks = createSharedTasks({ clock, random, caughtUp, isLive, onError }, [...groupTasks, ...healing.tasks])
  return { healing, tasks }
}

export type GroupUpkeep = ReturnType<typeof createGroupUpkeep>
