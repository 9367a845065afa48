import type { CommitGroup } from '../../../../../src/domain/conversation/conversation-commands.ts'
import type { ConversationEvent } from '../../../../../src/domain/conversation/conversation-events.ts'
import type {
  Commit,
  CommitFacts,
  GroupChange,
  GroupLeaf,
} from '../../../../../src/domain/conversation/groups/group.ts'
import type { Actor } from '../../../../../src/domain/ids.ts'
import { alice, at, type CommandBody, refs } from '../examples.ts'

export const leaf = ({ userId, deviceId }: Actor, leaf: number): GroupLeaf => ({ userId, deviceId, leaf })

interface Committed {
  readonly epoch: number
  readonly added?: readonly GroupLeaf[]
  readonly removed?: readonly GroupLeaf[]
  readonly generation?: number
  readonly external?: boolean
}

export const committed = (
  actor: Actor,
  { epoch, added = [], removed = [], ...more }: Committed,
): ConversationEvent => ({
  type: 'GroupCommitted',
  at,
  actor,
  data: { generation: 0, external: false, epoch, added, removed, ...refs, ...more },
})

/** The group of these devices at epoch 1, begun by Alice's phone. */
export const encryptedFor = (...devices: readonly Actor[]): ConversationEvent =>
  committed(alice, { epoch: 1, added: [alice, ...devices].map(leaf) })

const noChange: GroupChange = { addUsers: [], addDevices: [], removeDevices: [] }

export interface Wanted {
  /** That the commit ends. */
  readonly epoch?: number
  readonly generation?: number
  readonly change?: Partial<GroupChange>
  /** What the commit itself says, where that is not what is declared. */
  readonly facts?: Partial<CommitFacts>
  readonly commit?: Partial<Commit>
}

/** A commit of `sender`'s leaf that says what it is declared to say, except where the example wants otherwise. */
export const commit = (
  sender: number | 'external',
  by: Actor,
  removes: readonly number[],
  wanted: Wanted,
): CommitGroup['commit'] => {
  const { epoch = 1, generation = 0, change = {}, facts = {} } = wanted
  const adds = sender === 'external' ? [] : (change.addDevices ?? [])
  const path = adds.length === 0 ? by : undefined
  const said: CommitFacts = {
    ...{ generation, epoch, sender, adds, removes, path },
    ...{ externalInit: sender === 'external', others: 0, addUsers: [...new Set(change.addUsers)] },
    ...facts,
  }
  return {
    facts: said,
    groupInfo: { generation, epoch: epoch + 1 },
    welcomed: said.adds.length,
    refs,
    ...wanted.commit,
  }
}

export const committing = (
  sender: number | 'external',
  by: Actor,
  removes: readonly number[] = [],
  wanted: Wanted = {},
): Extract<CommandBody, { type: 'CommitGroup' }> => ({
  type: 'CommitGroup',
  epoch: wanted.epoch ?? 1,
  change: { ...noChange, ...wanted.change },
  commit: commit(sender, by, removes, wanted),
})
