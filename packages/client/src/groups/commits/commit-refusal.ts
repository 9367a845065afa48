import type { OutboxEntry } from '../../commands/outbox-entry.ts'
import type { BackscrollError } from '../../errors/backscroll-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import type { MlsEngine } from '../../mls/mls-engine.ts'
import type { Protection } from '../../protection/protection.ts'
import { membersEvent } from '../members/members-event.ts'
import type { Group } from '../state/group.ts'
import type { GroupBook } from '../state/group-book.ts'
import type { HandOver } from './hand-over.ts'
import type { Prepare } from './prepare-commit.ts'

export interface HandleRefusalDeps {
  readonly engine: Pick<MlsEngine, 'epoch'>
  readonly book: GroupBook
  readonly prepare: Pick<Prepare, 'giveUp'>
  readonly caughtUp: () => Promise<void>
  readonly tell: (event: ClientEvent) => void
  readonly handOver: Pick<HandOver, 'choose'>
  /** The server already has a conversation that this device wanted to begin. */
  readonly exists: (conversationId: string) => void
}

const noteLeaving = (group: Group, { details }: BackscrollError) => {
  const names = String(details?.devices ?? '')
    .split(',')
    .filter((name) => name !== '')
  if (names.length > 0) group.leaving = new Set([...group.leaving, ...names])
}

/**
 * Refusals that say that the group has moved on: the command stands, and goes out again once this device has
 * followed.
 */
export const createHandleRefusal = (deps: HandleRefusalDeps): Protection['handleRefusal'] => {
  const { engine, book, prepare, caughtUp, exists, tell, handOver } = deps
  const noteEpoch = (group: Group, { details }: BackscrollError) => {
    const { generation, epoch } = details ?? {}
    const was = group.state === undefined ? -1 : engine.epoch(group.state)
    if (typeof generation === 'number' && typeof epoch === 'number') group.wanted = { generation, epoch, was }
  }
  const follow = (group: Group, error: BackscrollError) => {
    if (error.code === 'stale_epoch') noteEpoch(group, error)
    if (error.code === 'commit_required') noteLeaving(group, error)
    // Without a connection nothing can be caught up with: the next one does that.
    caughtUp().catch(() => {})
  }
  /** The server accepts no devices of users whom it no longer serves: others go on. */
  const noteGone = (group: Group, { details }: BackscrollError) => {
    const userId = String(details?.userId ?? '')
    if (!group.roster.has(userId) || group.gone.has(userId)) return
    group.gone = new Set([...group.gone, userId])
    tell(membersEvent(group))
  }
  const handleCommit = (group: Group, entry: OutboxEntry, quiet: boolean, error: BackscrollError) => {
    if (error.temporary) return undefined
    prepare.giveUp(group, entry)
    const moved = error.code === 'stale_epoch' || error.code === 'commit_required'
    if (quiet && error.code === 'not_a_member') noteGone(group, error)
    if (error.code === 'already_exists') exists(group.conversationId)
    if (moved || (quiet && error.code === 'already_exists')) follow(group, error)
    if (quiet) return 'drop' as const
    return moved || error.code === 'commit_mismatch' ? ('later' as const) : undefined
  }
  return (entry, error) => {
    const group = book.of(entry.conversationId)
    const { command } = entry
    if (error.code === 'disconnected' || error.code === 'client_seq_gap') return undefined
    if (command.kind === 'group') return handleCommit(group, entry, command.quiet, error)
    // It was about to be sealed when the group changed.
    if (error.code === 'encryption' && ['stranger', 'changed'].includes(String(error.details?.reason))) return 'later'
    if (error.code === 'last_owner') return handOver.choose(group, entry) ? 'later' : undefined
    if (error.code !== 'stale_epoch' && error.code !== 'commit_required') return undefined
    follow(group, error)
    return 'later'
  }
}
