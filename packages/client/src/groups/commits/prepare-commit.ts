import type { GroupChange, GroupCommand, OutboxEntry } from '../../commands/outbox-entry.ts'
import type { UserStatements } from '../../devices/user-statements.ts'
import { toBackscrollError } from '../../errors/backscroll-error.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { JoinGroup } from '../joining/join-group.ts'
import { isDirect, mayBeIn } from '../members/admission.ts'
import type { Group, OwnCommit } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import { createBuildCommit, peopleOf } from './build-commit.ts'
import { type Claims, createClaimKeyPackages, outcomesOf, requireReader, withoutUnknown } from './claim-key-packages.ts'

type Parts = Pick<GroupContext, 'me' | 'engine' | 'directory' | 'device' | 'book'>

export interface PrepareCommitDeps extends Parts {
  readonly trust: Pick<GroupContext['trust'], 'offered'>
  readonly time: Pick<GroupContext['time'], 'latest' | 'ahead'>
  readonly tell: (event: ClientEvent) => void
  readonly outbox: Pick<Outbox, 'amend'>
  readonly statements: Pick<UserStatements, 'hear'>
  readonly enter: Pick<JoinGroup, 'isIn'>
}

/**
 * Makes the commit of a group entry, stored with the number that will carry it, so that it is the same commit after
 * a restart.
 */
export const createPrepareCommit = (deps: PrepareCommitDeps) => {
  const { me, book, trust, time, tell } = deps
  const buildCommit = createBuildCommit(deps)
  /** What a user has stated is processed before the user's devices are judged. */
  const claimAndHear: typeof deps.directory.claim = async (user, claimId) => {
    const found = await deps.directory.claim(user, claimId)
    await deps.statements.hear(user, found.statements)
    return found
  }
  const claimKeyPackages = createClaimKeyPackages({ directory: { claim: claimAndHear }, me: me.userId, time })
  /** How often an entry's commit was refused because of its content: then other packages are needed. */
  const attempts = new Map<string, number>()

  const claim = (group: Group, { messageId }: OutboxEntry, change: GroupChange) => {
    const attempt = attempts.get(messageId) ?? 0
    return claimKeyPackages(change, peopleOf(group, change, me.userId), (index) => `${messageId}.${index}.${attempt}`)
  }

  const reportGhosts = (conversationId: string, ghosts: readonly E2eeError[]) => {
    for (const { code, details } of ghosts)
      tell({ type: 'warning', code, conversationId, revision: undefined, details })
  }

  /** The request names only the users whom it adds, and is stored together with the commit that does so. */
  const amended = (entry: OutboxEntry, command: GroupCommand, change: GroupChange, users: GroupCommand['users']) =>
    command.quiet ? [] : deps.outbox.amend(entry, { ...command, change, users })

  /**
   * Another device let this one in while its commit waited for its turn: joining again would cost an epoch for
   * nothing.
   */
  const isInAlready = (group: Group, { type }: GroupChange): boolean =>
    (type === 'begin' || type === 'rejoin') && deps.enter.isIn(group)

  /** False: there is nothing to do. */
  const make = async (group: Group, entry: OutboxEntry, command: GroupCommand, claims: Claims): Promise<boolean> => {
    if (isInAlready(group, command.change)) return false
    if (group.pending !== undefined) return true
    const { packages, unknown } = claims
    const change = withoutUnknown(command.change, unknown)
    requireReader(change, claims, me.userId)
    const { generation, upTo, made, ghosts } = await buildCommit(group, change, packages)
    // A commit that may be refused pins nobody: the users whom it adds are seen when it is accepted.
    const { seen: _seen, ...pending } = made
    const users = outcomesOf(change, unknown, made.added, command.users)
    group.pending = { clientSeq: entry.clientSeq, generation, upTo, made: pending }
    await book.save(group, amended(entry, command, change, users))
    reportGhosts(group.conversationId, ghosts)
    return true
  }

  /** The server's GroupInfo would let somebody read whom no member let in. */
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

  /**
   * A device that joined later was not told who was there before. In a direct conversation the server can say who
   * the other user is, because the id confirms it.
   */
  const completeRoster = async (group: Group) => {
    const { conversationId: id, roster } = group
    if (!isDirect(id)) return
    const members = (await deps.directory.members(id)).filter((user) => mayBeIn(id, me.userId, user))
    group.roster = new Map([...members.map((user) => [user, ''] as const), ...roster])
  }

  return {
    /** False: there is nothing to do. Rejects with the server's refusal of a claim, or an E2eeError. */
    prepare: async (group: Group, entry: OutboxEntry, command: GroupCommand): Promise<boolean> => {
      try {
        if (command.change.type === 'begin') await completeRoster(group)
        const claims = await claim(group, entry, command.change)
        if (command.change.type === 'devices' && claims.packages.length === 0) return false
        return await book.inTurn(group, () => make(group, entry, command, claims))
      } catch (thrown) {
        await noteChangedIdentity(thrown, group.conversationId)
        noteRefusal(thrown, group.conversationId)
        throw thrown
      }
    },
    /** The commit of an entry, once it is stored: if it were sent before, a crash would lose it. */
    stored: (group: Group, { clientSeq }: OutboxEntry): Promise<OwnCommit> =>
      book.inTurn(group, async () => {
        if (group.pending?.clientSeq !== clientSeq) throw toBackscrollError(new Error('The commit was given up'))
        return group.pending
      }),
    /** The commit was refused for good: the next try begins anew. */
    giveUp: (group: Group, entry: OutboxEntry): void => {
      attempts.set(entry.messageId, (attempts.get(entry.messageId) ?? 0) + 1)
      if (group.pending?.clientSeq !== entry.clientSeq) return
      group.pending = undefined
      // It fails only once the client is closed, which was reported then: the next start gives it up again.
      book.save(group).catch(() => {})
    },
  }
}

export type Prepare = ReturnType<typeof createPrepareCommit>
