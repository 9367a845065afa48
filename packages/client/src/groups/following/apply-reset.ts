import { bytesOfGroupReset } from '@backscroll/protocol/group-reset'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import { dataOf, type Reset } from '../../events/group-event-data.ts'
import { roleOf } from '../../mls/members/member-roles.ts'
import { isDirect, requireMembers } from '../members/admission.ts'
import type { Group } from '../state/group.ts'
import { deviceName, type GroupContext } from '../state/group-context.ts'
import { resetLimit } from '../state/reset-limit.ts'
import { requireSigned } from '../state/signed-change.ts'

type Deps = Pick<GroupContext, 'me' | 'engine'>

const refused = (reason: string) => new E2eeError('forbidden_change', { reason })

/** A member gives up a group, not the server: the device that the event names signs the reset. */
export const createApplyReset = ({ me, engine }: Deps) => {
  const requireByMember = async (
    group: Group,
    { actor, stream }: WireEvent,
    { generation, clientSeq, proof }: Reset,
  ) => {
    if (proof === undefined) throw new E2eeError('unauthorised_device', actor)
    const { userId, deviceId } = actor
    const bytes = bytesOfGroupReset({ conversationId: stream.id, generation, userId, deviceId, clientSeq })
    await requireSigned(engine, actor, proof, bytes)
    const { roster } = group
    requireMembers(group, me.userId, [actor], roster.size === 0 ? new Set([userId]) : roster)
    if (!isDirect(stream.id) && roleOf(group.roles, userId) === 'member') throw refused('role')
    if (generation > group.generation + resetLimit) throw refused('number')
  }

  const begin = (group: Group, generation: number, by: string) => {
    group.generation = generation
    group.resetBy = by
    group.state = undefined
    group.stranded = undefined
    group.pending = undefined
    group.leaving = new Set()
  }

  return async (group: Group, event: WireEvent): Promise<readonly ClientEvent[]> => {
    const conversationId = event.stream.id
    const reset = dataOf(event, 'GroupReset')
    if (reset === undefined || reset.generation <= group.generation) return []
    try {
      await requireByMember(group, event, reset)
    } catch (thrown) {
      if (!(thrown instanceof E2eeError)) throw thrown
      const details = { ...thrown.details, reason: thrown.code }
      return [{ type: 'warning', code: 'false_reset', conversationId, revision: event.revision, details }]
    }
    const by = deviceName(event.actor)
    begin(group, reset.generation, by)
    return [{ type: 'trust', conversationId, notice: { type: 'group_reset', by } }]
  }
}

export type ApplyReset = ReturnType<typeof createApplyReset>
