import type { ClientEvent } from '../client-events.ts'
import type { ClaimedKeyPackage } from '../e2ee/create-commit.ts'
import { E2eeError } from '../e2ee/e2ee-error.ts'
import type { GroupCommand, OutboxEntry } from '../outbox-entry.ts'
import { isDirect, mayBeIn } from './admission.ts'
import type { ClaimedDevices } from './directory.ts'
import type { Group } from './group.ts'
import type { GroupContext } from './group-context.ts'
import { createMakeCommit, peopleOf } from './make-commit.ts'

export interface PrepareDeps extends GroupContext {
  readonly tell: (event: ClientEvent) => void
}

/** Makes the commit of a group entry, stored with the number that will carry it, so that it is the same commit after a restart. */
export const createPrepare = (deps: PrepareDeps) => {
  const { me, book, trust, tell } = deps
  const makeCommit = createMakeCommit(deps)
  /** How often an entry's commit was refused for what is in it: then other packages are needed. */
  const attempts = new Map<string, number>()

  /** The same claim again gets the same packages: a retry uses up no more. */
  const claim = async (users: readonly string[], entry: OutboxEntry): Promise<ReadonlyMap<string, ClaimedDevices>> => {
    const attempt = attempts.get(entry.messageId) ?? 0
    const claimed = new Map<string, ClaimedDevices>()
    for (const [index, user] of users.entries())
      claimed.set(user, await deps.directory.claim(user, `${entry.messageId}.${index}.${attempt}`))
    return claimed
  }

  const tellGhosts = (conversationId: string, ghosts: readonly E2eeError[]) => {
    for (const { code, details } of ghosts)
      tell({ type: 'warning', code, conversationId, revision: undefined, details })
  }

  /** A direct conversation with somebody who has no device would be read by nobody. */
  const requireReader = (command: GroupCommand, claimed: ReadonlyMap<string, ClaimedDevices>) => {
    const { change } = command
    const peer = change.type === 'start' ? change.recipientId : undefined
    const found = peer === undefined ? undefined : claimed.get(peer)
    if (peer === undefined || peer === me.userId || (found?.packages.length ?? 0) > 0) return
    throw new E2eeError('no_device', { userId: peer, devices: found?.without ?? 0 })
  }

  const make = async (
    group: Group,
    entry: OutboxEntry,
    command: GroupCommand,
    claimed: readonly ClaimedKeyPackage[],
  ) => {
    if (group.pending !== undefined) return
    const { generation, made, ghosts } = await makeCommit(group, command.change, claimed)
    // Nobody is pinned by a commit that may be refused: whom it brings in is seen when it is accepted.
    const { seen: _seen, ...pending } = made
    group.pending = { clientSeq: entry.clientSeq, generation, made: pending }
    await book.save(group)
    tellGhosts(group.conversationId, ghosts)
  }

  /** What the server gave as the group would let somebody read whom no member let in. */
  const noteRefusal = (thrown: unknown, conversationId: string) => {
    if (!(thrown instanceof E2eeError) || (thrown.code !== 'stranger' && thrown.code !== 'unknown_signer')) return
    tell({ type: 'warning', code: thrown.code, conversationId, revision: undefined, details: thrown.details })
  }

  const noteChangedIdentity = async (thrown: unknown, conversationId: string) => {
    if (!(thrown instanceof E2eeError) || thrown.code !== 'identity_changed') return
    const { userId, identityKey } = thrown.details
    const { changes, notices } = trust.offered(String(userId), String(identityKey))
    await book.save(book.of(conversationId), changes)
    for (const notice of notices) tell({ type: 'trust', conversationId, notice })
    tell({ type: 'warning', code: thrown.code, conversationId, revision: undefined, details: thrown.details })
  }

  /** Whoever came later has not been told who was there before. Of the two in a direct conversation the server can say who the other is: the id confirms it. */
  const completeRoster = async (group: Group) => {
    const { conversationId: id, roster } = group
    if (!isDirect(id)) return
    const members = (await deps.directory.members(id)).filter((user) => mayBeIn(id, me.userId, user))
    group.roster = new Map([...members.map((user) => [user, ''] as const), ...roster])
  }

  return {
    /** Rejects with the server's refusal of a claim, or an E2eeError. */
    prepare: async (group: Group, entry: OutboxEntry, command: GroupCommand): Promise<void> => {
      try {
        if (command.change.type === 'begin') await completeRoster(group)
        const claimed = await claim(peopleOf(group, command.change, me.userId), entry)
        requireReader(command, claimed)
        const packages = [...claimed.values()].flatMap((one) => one.packages)
        await book.inTurn(group, () => make(group, entry, command, packages))
      } catch (thrown) {
        await noteChangedIdentity(thrown, group.conversationId)
        noteRefusal(thrown, group.conversationId)
        throw thrown
      }
    },
    /** The commit was refused for good: the next try begins anew. */
    giveUp: (group: Group, entry: OutboxEntry): void => {
      attempts.set(entry.messageId, (attempts.get(entry.messageId) ?? 0) + 1)
      if (group.pending?.clientSeq !== entry.clientSeq) return
      group.pending = undefined
      // It fails only once the client is closed, and was told then: the next start gives it up again.
      book.save(group).catch(() => {})
    },
  }
}

export type Prepare = ReturnType<typeof createPrepare>
