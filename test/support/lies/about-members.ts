import type { Json } from './liar.ts'
import { atOnce, commitEvent, eventOf, type NamedLies, ofType, oneOf, somebody, type Told, usersOf } from './words.ts'

const changes = ['MemberRemoved', 'MemberLeft', 'RoleChanged']

/** By the colluder's device, or by all that call themselves somebody else's. */
const signedBy = async ({ colluder }: Told, by: string, facts: Parameters<typeof colluder.sign>[0]) =>
  by === colluder.user ? [{ signed: await colluder.sign(facts), deviceId: 'one' }] : colluder.signAs(by, facts)

const removalBy = async (told: Told, by: string = told.colluder.user) => {
  const { pick, id, epoch, members } = told
  const clientSeq = 1 + pick(9)
  const others = members.filter((user) => user !== by)
  const memberId = oneOf(pick, others) ?? ''
  const facts = { conversationId: id, generation: 0, epoch, clientSeq, memberId, change: 'removed' as const }
  const all = await signedBy(told, by, facts)
  return all.map(({ signed, deviceId }) =>
    eventOf(told, by, 'MemberRemoved', { userId: memberId, clientSeq, signed }, deviceId),
  )
}

/** The event that says so, and the commit that states it. */
const roleByColluder = async (told: Told): Promise<readonly Json[] | undefined> => {
  const { colluder, pick, id, epoch, members } = told
  const role = {
    userId: oneOf(pick, [colluder.user, ...members]) ?? '',
    role: oneOf(pick, ['owner', 'member'] as const) ?? 'owner',
  }
  const made = await colluder.giveRole(id, epoch, role)
  if (made === undefined) return undefined
  return [
    eventOf(told, colluder.user, 'RoleChanged', role),
    commitEvent(told, { ...made, generation: 0 }, colluder.user),
  ]
}

/** The members of a conversation and their roles. */
export const liesAboutMembers: NamedLies = {
  'what was signed, again': async (told) => {
    const old = oneOf(told.pick, ofType(told, ...changes))
    return old === undefined ? undefined : atOnce(told, old)
  },
  /** All but the newest: some of it was undone since. */
  'all that was signed, again': async (told) => {
    const old = ofType(told, ...changes)
    return old.length < 2 ? undefined : atOnce(told, ...old.slice(0, -1))
  },
  'what was signed, for something else': async (told) => {
    const old = oneOf(told.pick, ofType(told, ...changes))
    if (old === undefined) return undefined
    const userId = oneOf(told.pick, told.members)
    return atOnce(told, { ...old, data: { ...(old.data as Json), userId, role: 'admin' } })
  },
  'a removal by the colluder': async (told) => atOnce(told, ...(await removalBy(told))),
  'a role by the colluder': async (told) => {
    const events = await roleByColluder(told)
    return events === undefined ? undefined : atOnce(told, ...events)
  },
  'a removal by devices that call themselves an owner': async (told) => atOnce(told, ...(await removalBy(told, 'ann'))),
  /** A user whom the server calls an owner removes somebody. */
  'a removal by an owner of its making': async (told) => {
    const { user } = told.colluder
    const raised = eventOf(told, oneOf(told.pick, usersOf(told)), 'RoleChanged', { userId: user, role: 'owner' })
    return atOnce(told, raised, ...(await removalBy(told)))
  },
  'somebody came in': async (told) => {
    const members = [{ userId: told.colluder.user, role: 'member' }]
    return atOnce(told, eventOf(told, oneOf(told.pick, usersOf(told)), 'MembersAdded', { members, lastSeq: 0 }))
  },
  'somebody is out': async (told) => {
    const { pick } = told
    const [actor, userId] = [somebody(told), oneOf(pick, told.members)]
    const type = oneOf(pick, ['MemberRemoved', 'MemberLeft']) ?? ''
    return atOnce(told, eventOf(told, type === 'MemberLeft' ? userId : actor, type, { userId, lastSeq: 0 }))
  },
  'somebody has another role': async (told) => {
    const data = { userId: oneOf(told.pick, told.members), role: oneOf(told.pick, ['owner', 'admin', 'member']) }
    return atOnce(told, eventOf(told, oneOf(told.pick, usersOf(told)), 'RoleChanged', data))
  },
  'other members': async ({ pick, colluder }) => {
    const make = ({ items, ...answer }: Json) => {
      const more = pick(2) === 0 ? [{ userId: colluder.user, role: 'member' }] : []
      return { ...answer, items: [...(items as Json[]).slice(pick(2)), ...more] }
    }
    return [{ answer: { match: /\/members$/, make } }]
  },
}
