import type { Person } from './liar.ts'
import type { Round } from './round.ts'

const shownMembers = ({ log }: Person, id: string) => {
  const newest = log.findLast((event) => event.type === 'members' && event.conversationId === id)
  return newest?.type === 'members' ? newest.members : []
}

/** The colluder lets nobody in where it is not shown itself, as long as this person stays in the group. */
const letInByNone = ({ user, log }: Person, id: string): string | undefined => {
  let shown: readonly string[] = []
  for (const event of log) {
    if (!('conversationId' in event) || event.conversationId !== id) continue
    // By the word of a member who may not have heard of it.
    if (event.type === 'trust' && event.notice.type === 'rejoined') return undefined
    if (event.type !== 'members') continue
    const users = event.members.map(({ userId }) => userId)
    const isNew = users.includes('mal') && !shown.includes('mal')
    if (isNew && shown.length > 0 && !shown.includes('eve')) return `${user} is shown mal, whom nobody has let in`
    shown = users
  }
  return undefined
}

/** A user who returns by the word of a member believes what that member says about the others. */
const believesColluder = ({ log }: Person, { id, members, touched }: Round): boolean =>
  (members.has('eve') || touched.has('eve')) &&
  log.some((event) => event.type === 'trust' && event.conversationId === id && event.notice.type === 'rejoined')

/** What is wrong with what this person is shown; undefined where nothing is. */
export const misshown = (person: Person, round: Round): string | undefined => {
  const { id, members, roles, touched } = round
  const stranger = letInByNone(person, id)
  if (stranger !== undefined) return stranger
  // A user who was removed and is let in again believes a new member.
  if (touched.has(person.user) || believesColluder(person, round)) return undefined
  const shown = shownMembers(person, id)
  const users = new Set([...members, ...shown.map(({ userId }) => userId)])
  for (const user of users) {
    const one = shown.find(({ userId }) => userId === user)
    // A member who works with the server can let in anybody, under its own name.
    const byMember = one?.addedBy?.userId === 'eve' && (members.has('eve') || touched.has('eve'))
    if (touched.has(user) || (user === 'mal' && byMember)) continue
    if ((one !== undefined) !== members.has(user))
      return `${person.user} is ${one === undefined ? 'not ' : ''}shown ${user} as a member`
    const role = roles.get(user) ?? 'member'
    if (one !== undefined && one.role !== role) return `${person.user} is shown ${user} as ${one.role}, not ${role}`
  }
  return undefined
}
