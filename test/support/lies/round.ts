import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../client/client-world.ts'
import type { Person } from './liar.ts'
import type { Found } from './puppets.ts'
import { misshown } from './shown.ts'
import type { Pick, Scene } from './words.ts'

export type Role = 'owner' | 'admin' | 'member'

/** One group, what honest people have done in it, and so what each of them must be shown. */
export interface Round {
  readonly id: string
  readonly members: Set<string>
  /** Members with a role above `member`. */
  readonly roles: Map<string, Role>
  /** Users whose membership or role honest users change during the lies. They may be shown as before or as after. */
  readonly touched: Set<string>
  /** What was said, as `conversation/user/text`. */
  readonly said: Set<string>
  /** What happened, to be told when something is wrong. */
  readonly history: string[]
  /** A device of ann's in the hands of the colluder, which is a member's like any other until ann revokes it. */
  readonly stolen: string | undefined
}

export interface Play extends Scene {
  readonly ann: Person
  readonly pick: Pick
  readonly round: Round
  /** On ann's device, by which a thief has another one certified. */
  readonly found: Found
  /** The true keys, by user. */
  readonly identities: ReadonlyMap<string, string>
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
  /** Out of 12. */
  readonly often: number
  readonly may: (round: Round) => boolean
  readonly act: (play: Play) => Promise<unknown>
}[] = [
  {
    what: 'the colluder is let in',
    often: 9,
    may: () => true,
    act: ({ ann, round, colluder }) => {
      round.members.add(colluder.user)
      return ann.client.addMembers(round.id, [colluder.user])
    },
  },
  {
    what: 'cyd is removed and let in again',
    often: 7,
    may: () => true,
    act: async ({ ann, round }) => {
      await ann.client.removeMember(round.id, 'cyd')
      await ann.client.addMembers(round.id, ['cyd'])
    },
  },
  {
    what: 'the colluder is removed',
    often: 4,
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
    often: 7,
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

/** Looks at what comes of it while it lasts, and once it is done: where a rule is missing it may never be. */
const lookOn = async (play: Play, acting: Promise<unknown>, look: (play: Play) => Promise<void>) => {
  let isDone = false
  const done = acting.then(() => settled(play)).finally(() => (isDone = true))
  done.catch(() => {})
  for (let left = 40; left > 0 && !isDone; left -= 1) {
    await Promise.race([done.catch(() => {}), sleep(1_000)])
    await look(play)
  }
  if (!isDone) throw new Error(`It did not come about: ${play.round.history.join('; ')}`)
  await done
}

/** A new group of which everybody knows the same, and nobody has been lied to. */
export const beginRound = async (scene: Omit<Play, 'round'>, look: (play: Play) => Promise<void>): Promise<Play> => {
  const { ann, pick, people, colluder } = scene
  const id = randomUUID()
  const users = people.map(({ user }) => user)
  const round: Round = {
    ...{ id, members: new Set(users), roles: new Map([['ann', 'owner' as const]]), touched: new Set<string>() },
    ...{ said: new Set<string>(), history: [] },
    stolen: pick(2) === 0 ? await colluder.steal(scene.found) : undefined,
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
      await lookOn(play, act(play), look)
    }
  return play
}

const revoke = async ({ ann, round: { stolen } }: Play) => {
  if (stolen !== undefined) await ann.client.revokeDevice(stolen)
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
  'ann revokes a device': async (play) => {
    await revoke(play)
    await play.ann.client.send(play.round.id, { text: 'without the device' })
  },
}

/** What a thief has does not last. */
export const endRound = async (play: Play): Promise<void> => {
  await revoke(play).catch(() => {})
}

export const act = (play: Play, names: readonly string[] = Object.keys(acts)): void => {
  const name = names[play.pick(names.length)]
  if (name === undefined) return
  play.round.history.push(name)
  void acts[name]?.(play)?.catch(() => {})
}
