import { toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import type { Colluder, Forged } from './colluder.ts'
import { hashOf, type Json, type Lies, type Person, type Seen } from './liar.ts'

export interface Scene {
  readonly people: readonly Person[]
  readonly colluder: Colluder
  readonly seen: Seen
}

/** A choice below a number, by the seed. */
export type Pick = (below: number) => number

export const oneOf = <Value>(pick: Pick, values: readonly Value[]): Value | undefined => values[pick(values.length)]

/** A lie, to whom it is told, and what about. */
export interface Told extends Scene {
  readonly pick: Pick
  readonly victim: Person
  /** The conversation. */
  readonly id: string
  /** The newest epoch of it that was true. */
  readonly epoch: number
  /** The users in the group. */
  readonly members: readonly string[]
  /** A device of an honest user that is in the colluder's hands. */
  readonly stolen: string | undefined
  /** Honest people do something that the lie is about. */
  readonly act: (name: string) => void
}

/** Told at once, or prepared for what the victim asks next; undefined where there is nothing to tell it about. */
export type Lie = (told: Told) => Promise<readonly Lies[] | undefined>
export type NamedLies = Readonly<Record<string, Lie>>

export const namesOf = (users: readonly string[]) => users.map((userId) => ({ userId, deviceId: 'one', leaf: 0 }))
export const usersOf = ({ people }: Scene) => people.map(({ user }) => user)

/** Somebody, or the colluder. */
export const somebody = ({ pick, people, colluder }: Told): string =>
  oneOf(pick, [colluder.user, ...people.map(({ user }) => user)]) ?? ''

export const placeOf = ({ pick, epoch }: Told) => ({
  generation: pick(4) === 0 ? 1 : 0,
  epoch: Math.max(0, epoch - 2 + pick(5)),
})

const groupIdOf = (id: string, generation: number) => (generation === 0 ? id : `${id}/${generation}`)

/** A group of the colluder and those of the people who are members. */
export const forge = async (told: Told) => {
  const generation = told.pick(4) === 0 ? 1 : 0
  const users = told.members.filter((user) => usersOf(told).includes(user))
  const forged = await told.colluder.forge(groupIdOf(told.id, generation), users)
  return forged === undefined ? undefined : { ...forged, generation }
}

export const refOf = (blob: Uint8Array) => ({ hash: hashOf(blob), size: blob.length })

export const eventOf = ({ id }: Told, actor: string | undefined, type: string, data: Json, deviceId = 'one'): Json => ({
  ...{ stream: { kind: 'conversation', id }, revision: 0, position: '1', at: 1, type, data },
  actor: { userId: actor, deviceId },
})

/** The event that a commit of the colluder's would have come with, by whomever. */
export const commitEvent = (
  told: Told,
  { commit, welcome, groupInfo, epoch, generation }: Forged & { generation: number },
  actor: string | undefined,
) =>
  eventOf(told, actor, 'GroupCommitted', {
    ...{ generation, epoch, external: false, added: namesOf([...usersOf(told), 'mal']), removed: [], commit: null },
    ...{ welcome: refOf(welcome), groupInfo: refOf(groupInfo), ciphertext: toBase64(commit) },
  })

/** Nothing leads on from what the device has. */
export const behind = (): readonly Lies[] =>
  [1, 2].map(() => ({ answer: { match: /\/events$/, make: () => ({ events: [] }) } }))

export const refused = (code: string, details: Json): Lies => ({
  frame: ({ id }) => ({ type: 'error', id, code, message: 'a lie', temporary: false, details }),
})

export const atOnce = ({ victim }: Told, ...events: readonly Json[]): readonly Lies[] => {
  for (const event of events) victim.tellEvent(event)
  return []
}

/** The events of the conversation that were true, each once. */
export const ofType = ({ seen, id }: Told, ...types: readonly string[]): readonly Json[] => {
  const found = seen.events.filter(({ type, stream }) => types.includes(String(type)) && (stream as Json).id === id)
  return [...new Map(found.map((event) => [event.revision, event])).values()]
}

/** In place of the next event of this type. */
export const keptBack = (id: string, type: string): Lies => ({
  event: { id, type, change: (event) => ({ ...event, type: 'ConversationRenamed', data: { name: '' } }) },
})

/** Everything that members have signed at any time. */
export const someDepartures = (told: Told): readonly number[] =>
  ofType(told, 'MemberRemoved', 'MemberLeft').flatMap(({ revision }) => (told.pick(2) === 0 ? [Number(revision)] : []))
