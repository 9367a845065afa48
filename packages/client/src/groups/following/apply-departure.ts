import { bytesOfDeparture, type Departure } from '@backscroll/protocol/departure'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import { dataOf } from '../../events/group-event-data.ts'
import { isLater, type Place } from '../../mls/state/epoch-order.ts'
import { isDirect } from '../members/admission.ts'
import { mayDepart } from '../members/role-rules.ts'
import { cutOff, devicesIn, drop, goes } from '../members/roster-changes.ts'
import { canJoin } from '../state/enter-epoch.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import { requireSigned } from '../state/signed-change.ts'
import { isNear } from '../state/signing-epoch.ts'

type Deps = Pick<GroupContext, 'me' | 'engine'>
type Told = NonNullable<ReturnType<typeof told>>

const refused = (reason: string, details: E2eeError['details'] = {}) =>
  new E2eeError('forbidden_change', { ...details, reason })

const changes: ReadonlyMap<string, Departure> = new Map([
  ['MemberLeft', 'left'],
  ['MemberRemoved', 'removed'],
  ['ConversationDeleted', 'deleted'],
])
const deletion = (event: WireEvent) => {
  const data = dataOf(event, 'ConversationDeleted')
  return data && { ...data, clientSeq: data.clientSeq ?? 0, userId: event.actor.userId }
}
const told = (event: WireEvent) => dataOf(event, 'MemberRemoved') ?? dataOf(event, 'MemberLeft') ?? deletion(event)

/**
 * A member leaves the roster only by the signature of a member's device, and as far as its role allows. The
 * server's word alone removes nobody.
 */
export const createApplyDeparture = ({ me, engine }: Deps) => {
  const inside = devicesIn(engine)

  const placeOf = ({ state, generation, highest }: Group): Place =>
    state === undefined ? highest : { generation, epoch: engine.epoch(state) }

  /**
   * What was signed in an earlier epoch may have been undone since, and what is signed for a later one would
   * count as long as that does not come. A device that has lost the group meets the event again in the chain that
   * leads on from its state; one without a state accepts what is near.
   */
  const isPresent = (group: Group, signed: Place): boolean => {
    const { epoch } = signed
    const here = placeOf(group)
    if (isLater(here, signed)) throw refused('replayed', { epoch })
    if (group.state === undefined ? isNear(group, signed) : !isLater(signed, here)) return true
    if (group.state === undefined || !canJoin(group)) throw refused('ahead', { epoch })
    return false
  }

  /** False: not yet. */
  const isProven = async (group: Group, event: WireEvent, what: Told, change: Departure) => {
    const { signed, userId: memberId, clientSeq } = what
    if (signed === undefined) throw refused('unsigned')
    const { actor, stream } = event
    const { generation, epoch, proof } = signed
    const facts = { conversationId: stream.id, generation, epoch, ...actor, clientSeq, memberId }
    await requireSigned(engine, actor, proof, bytesOfDeparture({ ...facts, change }))
    if (!group.roster.has(actor.userId)) throw new E2eeError('stranger', { userId: actor.userId })
    return isPresent(group, signed)
  }

  const apply = async (group: Group, event: WireEvent, what: Told, change: Departure) => {
    if (!(await isProven(group, event, what, change))) return
    if (!mayDepart(group, event.actor.userId, what.userId, change)) throw refused('role')
    if (change === 'deleted') return drop(group)
    // Its GroupInfo would say that this user is still a member: the server refuses it, and it is made anew.
    group.pending = undefined
    goes(group, what.userId, me.userId, inside)
  }

  /** By the server alone: it takes away its service, and nobody's membership. */
  const unsigned = (group: Group, what: Told, how: Departure): readonly ClientEvent[] => {
    const userId = how === 'deleted' ? me.userId : what.userId
    const change = how === 'left' ? ('left' as const) : ('removed' as const)
    if (!cutOff(group, userId, me.userId, inside)) return []
    const notice = { type: 'unsigned_change' as const, change, userId }
    return [{ type: 'trust', conversationId: group.conversationId, notice }]
  }

  const warned = ({ stream, revision, type, actor }: WireEvent, thrown: E2eeError): readonly ClientEvent[] => {
    const details = { type, by: actor.userId, ...thrown.details, code: thrown.code }
    return [{ type: 'warning', code: 'false_change', conversationId: stream.id, revision, details }]
  }

  /** A device that does not know the members yet is told them as of a commit, and who has left since. */
  const knowsNobody = ({ state, roster }: Group): boolean => state === undefined && roster.size === 0

  const take = async (group: Group, event: WireEvent, change: Departure): Promise<readonly ClientEvent[]> => {
    const what = told(event)
    if (what === undefined) throw new E2eeError('malformed')
    if (isDirect(event.stream.id)) throw refused('direct')
    if (!group.roster.has(what.userId) && what.userId !== me.userId) return []
    if (what.signed === undefined) return unsigned(group, what, change)
    if (!knowsNobody(group)) await apply(group, event, what, change)
    return []
  }

  return async (group: Group, event: WireEvent): Promise<readonly ClientEvent[]> => {
    const change = changes.get(event.type)
    if (change === undefined) return []
    try {
      return await take(group, event, change)
    } catch (thrown) {
      if (!(thrown instanceof E2eeError)) throw thrown
      return warned(event, thrown)
    }
  }
}

export type ApplyDeparture = ReturnType<typeof createApplyDeparture>
