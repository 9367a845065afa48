import { bytesOfMemberChange, type MemberChange, mostLeftOut } from '../../protocol/member-change.ts'
import type { WireEvent } from '../../protocol/server-frames.ts'
import type { ClientEvent } from '../client-events.ts'
import { E2eeError } from '../e2ee/e2ee-error.ts'
import { changesRole, removes, roleOf, withRole } from '../e2ee/roles.ts'
import { isDirect } from './admission.ts'
import { canJoin } from './become.ts'
import { passOver } from './change-number.ts'
import { dataOf } from './event-data.ts'
import { cutOff, devicesIn, goes } from './follow-roster.ts'
import type { Group } from './group.ts'
import type { GroupContext } from './group-context.ts'
import { isLater, type Place } from './place.ts'
import { requireSigned } from './signed-act.ts'
import { isNear } from './signing-place.ts'

type Deps = Pick<GroupContext, 'me' | 'engine'>

const types: ReadonlySet<string> = new Set(['MemberRemoved', 'MemberLeft', 'RoleChanged'])

const refused = (reason: string, details: E2eeError['details'] = {}) =>
  new E2eeError('forbidden_change', { ...details, reason })

/** Who the event says to be concerned, and what by. */
const told = (event: WireEvent) => {
  const departed = dataOf(event, 'MemberRemoved') ?? dataOf(event, 'MemberLeft')
  const raised = dataOf(event, 'RoleChanged')
  if (departed !== undefined) return { ...departed, role: undefined }
  return raised && { ...raised, role: raised.role }
}

type Told = NonNullable<ReturnType<typeof told>>

const changeOf = ({ type }: WireEvent, { role, signed }: Told): MemberChange => {
  if (role !== undefined) return { change: 'role', role, number: signed && 'number' in signed ? signed.number : 0 }
  return { change: type === 'MemberLeft' ? 'left' : 'removed' }
}

/** Nobody but members change members, each by its device's signature and as far as its role goes. The server's own word makes nobody more, and nobody less. */
export const createTakeMemberChange = ({ me, engine }: Deps) => {
  const inside = devicesIn(engine)

  const placeOf = ({ state, generation, highest }: Group): Place =>
    state === undefined ? highest : { generation, epoch: engine.epoch(state) }

  /**
   * What was signed in an epoch before may have been undone since, and what is signed for one to come would count for as long as it does not come. A device
   * that has lost the group meets it again in the chain of events that leads on from its state; one without a state takes what is near.
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
  const isProven = async (group: Group, event: WireEvent, what: Told, change: MemberChange): Promise<boolean> => {
    const { signed, userId: memberId, clientSeq } = what
    if (signed === undefined) throw refused('unsigned')
    const { actor, stream } = event
    const { generation, epoch, proof } = signed
    const facts = { conversationId: stream.id, generation, epoch, ...actor, clientSeq, memberId, ...change }
    await requireSigned(engine, actor, proof, bytesOfMemberChange(facts))
    if (!group.roster.has(actor.userId)) throw new E2eeError('stranger', { userId: actor.userId })
    return isPresent(group, signed)
  }

  /** Where roles were never told to this device, it cannot know who may what: then any member's signature counts for a removal. */
  const mayDo = ({ roles }: Group, actor: string, memberId: string, change: MemberChange): boolean => {
    const [by, of] = [roleOf(roles, actor), roleOf(roles, memberId)]
    if (change.change === 'left') return actor === memberId
    if (by === undefined || of === undefined) return true
    return change.change === 'role' ? changesRole(by, of, change.role) : actor !== memberId && removes(by, of)
  }

  /** The server's rule. */
  const requireNext = ({ roles: { changes } }: Group, number: number) => {
    if (number <= changes) throw refused('replayed', { number })
    if (number > changes + mostLeftOut) throw refused('number', { number })
  }

  const setRole = (group: Group, userId: string, { role, number }: MemberChange & { change: 'role' }) => {
    group.numbered = Math.max(group.numbered, number)
    group.roles = { ...group.roles, changes: number }
    if (group.roster.has(userId)) group.roles = withRole(group.roles, userId, role)
  }

  const apply = async (group: Group, event: WireEvent, what: Told) => {
    const change = changeOf(event, what)
    if (!(await isProven(group, event, what, change))) return
    if (change.change === 'role') requireNext(group, change.number)
    if (!mayDo(group, event.actor.userId, what.userId, change)) {
      if (change.change === 'role') passOver(group, change.number)
      throw refused('role')
    }
    if (change.change === 'role') setRole(group, what.userId, change)
    else goes(group, what.userId, me.userId, inside)
  }

  /** By the server alone: what it takes is its service, and nobody's membership. */
  const unsigned = (group: Group, { userId, role }: Told, change: MemberChange): readonly ClientEvent[] => {
    if (role === undefined && !cutOff(group, userId, me.userId, inside)) return []
    const notice = { type: 'unsigned_change' as const, change: change.change, userId }
    return [{ type: 'trust', conversationId: group.conversationId, notice }]
  }

  const warned = ({ stream, revision, type, actor }: WireEvent, thrown: E2eeError): readonly ClientEvent[] => {
    const details = { type, by: actor.userId, ...thrown.details, code: thrown.code }
    return [{ type: 'warning', code: 'false_change', conversationId: stream.id, revision, details }]
  }

  const take = async (group: Group, event: WireEvent): Promise<readonly ClientEvent[]> => {
    const what = told(event)
    if (what === undefined) throw new E2eeError('malformed')
    if (isDirect(event.stream.id)) throw refused('direct')
    const concerns = group.roster.has(what.userId) || what.userId === me.userId || what.role !== undefined
    if (!concerns) return []
    if (what.signed === undefined) return unsigned(group, what, changeOf(event, what))
    await apply(group, event, what)
    return []
  }

  return async (group: Group, event: WireEvent): Promise<readonly ClientEvent[]> => {
    if (!types.has(event.type)) return []
    try {
      return await take(group, event)
    } catch (thrown) {
      if (!(thrown instanceof E2eeError)) throw thrown
      return warned(event, thrown)
    }
  }
}

export type TakeMemberChange = ReturnType<typeof createTakeMemberChange>
