import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { ClientEvent } from '../../events/client-events.ts'
import type { GroupContext } from '../state/group-context.ts'
import type { CommitOutcome } from './apply-commit.ts'

/** What the application is told about a commit. This also records whom this device trusts. */
export const createCommitNotices =
  ({ trust, alongside }: Pick<GroupContext, 'trust' | 'alongside'>) =>
  (event: WireEvent, { seen, warning, notice }: CommitOutcome): readonly ClientEvent[] => {
    const conversationId = event.stream.id
    const offered = warning?.code === 'identity_changed' && warning.details.identityKey !== undefined
    const noted = offered
      ? trust.offered(String(warning.details.userId), String(warning.details.identityKey))
      : trust.see(seen)
    alongside(noted.changes)
    return [
      ...noted.notices.map((one): ClientEvent => ({ type: 'trust', conversationId, notice: one })),
      ...(notice === undefined ? [] : [{ type: 'trust' as const, conversationId, notice }]),
      ...(warning === undefined
        ? []
        : [{ type: 'warning' as const, ...warning, conversationId, revision: event.revision }]),
    ]
  }

export type CommitNotices = ReturnType<typeof createCommitNotices>
