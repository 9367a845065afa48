import { randomUUID } from 'node:crypto'
import { eventually } from './client-world.ts'
import type { Person } from './liar.ts'
import type { Pick, Scene } from './lies.ts'

export type Role = 'owner' | 'admin' | 'member'

/** One group, what honest people have done in it, and so what each of them must be shown. */
export interface Round {
  readonly id: string
  readonly members: Set<string>
  /** Of those who are more than members. */
  readonly roles: Map<string, Role>
  /** Whose membership or role honest people change while lies are told: these may be shown as before or as after. */
  readonly touched: Set<string>
  /** What was said, as `conversation/user/text`. */
  readonly said: Set<string>
  /** What happened, to be told when something is wrong. */
  readonly history: string[]
  /** Commits that were made. */
  epoch: number
}

export interface Play extends Scene {
  readonly ann: Person
  readonly pick: Pick
  readonly round: Round
}

const shownMembers = ({ log }: Person, id: string) => {
  const newest = log.findLast((event) => event.type === 'members' && event.conversationId === id)
  return newest?.type === 'members' ? newest.members : []
}

/** What is wrong with what this person is shown; undefined where nothing is. */
export const misshown = (person: Person, { id, members, roles, touched }: Round): string | undefined => {
  // Who was removed, and is let in again, believes a new member.
  if (touched.has(person.user)) return undefined
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

const inside = ({ people, round }: Play) => people.filter(({ user }) => round.members.has(user))

const settled = async (play: Play) => {
  let wrong: string | undefined
  const isRight = () => {
    wrong = inside(play)
      .map((person) => misshown(person, play.round))
      .find((one) => one !== undefined)
    return wrong === undefined
  }
  await eventually(isRight, 'what honest people did is shown', 40_000).catch(() => {
    throw new Error(`Before any lie: ${wrong}; ${play.round.history.join('; ')}`)
  })
}

export const say = (
  { round, people }: Play,
  who: Person | undefined,
  to: string | { readonly user: string },
  id: string,
) => {
  const text = randomUUID()
  if (who === undefined || people.length === 0) return
  round.said.add(`${id}/${who.user}/${text}`)
  void who.client.send(to, { text }).catch(() => {})
}

/** Some of what people do with a group, in this order. Each is seen by all before the next. */
const beginnings: readonly {
  readonly what: string
  /** Of 12. */
  readonly often: number
  readonly may: (round: Round) => boolean
  readonly act: (play: Play) => Promise<unknown>
}[] = [
  {
    what: 'the colluder is let in',
    often: 8,
    may: () => true,
    act: ({ ann, round, colluder }) => {
      round.members.add(colluder.user)
      return ann.client.addMembers(round.id, [colluder.user])
    },
  },
  {
    what: 'cyd is removed and let in again',
    often: 5,
    may: () => true,
    act: async ({ ann, round }) => {
      await ann.client.removeMember(round.id, 'cyd')
      await ann.client.send(round.id, { text: 'without cyd' })
      await ann.client.addMembers(round.id, ['cyd'])
    },
  },
  {
    what: 'the colluder is removed',
    often: 5,
    may: ({ members }) => members.has('eve'),
    act: async ({ ann, round, colluder }) => {
      round.members.delete(colluder.user)
      await ann.client.removeMember(round.id, colluder.user)
      await ann.client.send(round.id, { text: 'without the colluder' })
      ann.barred.add(round.id)
    },
  },
  {
    what: 'cyd becomes an admin',
    often: 5,
    may: () => true,
    act: ({ ann, round }) => {
      round.roles.set('cyd', 'admin')
      return ann.client.setRole(round.id, 'cyd', 'admin')
    },
  },
  {
    what: 'cyd becomes a member again',
    often: 9,
    may: ({ roles }) => roles.has('cyd'),
    act: ({ ann, round }) => {
      round.roles.delete('cyd')
      return ann.client.setRole(round.id, 'cyd', 'member')
    },
  },
]

/** Keys that the server has offered for people whom they know. */
const declineOffers = ({ people }: Scene) =>
  Promise.all(
    people.flatMap(({ client }) =>
      people.map(async ({ user }) => {
        const offered = client.identityOf(user)?.offered
        if (offered !== undefined) await client.declineIdentity(user, offered.identityKey)
      }),
    ),
  )

/** A new group of which everybody knows the same, and nobody has been lied to. */
export const beginRound = async (scene: Omit<Play, 'round'>): Promise<Play> => {
  const { ann, pick, people, colluder } = scene
  const id = randomUUID()
  const users = people.map(({ user }) => user)
  const round: Round = {
    ...{ id, members: new Set(users), roles: new Map([['ann', 'owner' as const]]), touched: new Set<string>() },
    ...{ said: new Set<string>(), history: [], epoch: 1 },
  }
  const play = { ...scene, round }
  for (const { lies } of people) lies.splice(0)
  await declineOffers(scene)
  colluder.turnTo([id, `${id}/1`])
  await ann.client.createGroup({ conversationId: id, members: users.filter((user) => user !== 'ann') }).done
  await settled(play)
  for (const { what, often, may, act } of beginnings)
    if (pick(12) < often && may(round)) {
      round.history.push(what)
      await act(play)
      await settled(play)
    }
  return play
}

/** What honest people do while lies are told. Who is lied to may wait or fail, and be told so. */
const acts: Readonly<Record<string, (play: Play) => Promise<unknown> | undefined>> = {
  'ann removes the colluder': async ({ ann, round, colluder }) => {
    if (!round.members.has(colluder.user)) return
    round.touched.add(colluder.user)
    await ann.client.removeMember(round.id, colluder.user)
    ann.barred.add(round.id)
    await ann.client.send(round.id, { text: 'without the colluder' })
  },
  'ann lets cyd in again': async ({ ann, round }) => {
    round.touched.add('cyd')
    await ann.client.removeMember(round.id, 'cyd')
    await ann.client.addMembers(round.id, ['cyd'])
  },
}

export const act = (play: Play, names: readonly string[] = Object.keys(acts)): void => {
  const name = names[play.pick(names.length)]
  if (name === undefined) return
  play.round.history.push(name)
  void acts[name]?.(play)?.catch(() => {})
}
