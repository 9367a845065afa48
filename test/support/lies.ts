import { toBase64 } from '../../src/client/base64.ts'
import type { Colluder, Forged } from './colluder.ts'
import type { Json, Lies, Person, Seen } from './liar.ts'

export interface Scene {
  readonly people: readonly Person[]
  readonly conversations: readonly string[]
  readonly colluder: Colluder
  readonly seen: Seen
}

/** A choice below a number, by the seed. */
export type Pick = (below: number) => number

const oneOf = <Value>(pick: Pick, values: readonly Value[]): Value | undefined => values[pick(values.length)]

interface Told extends Scene {
  readonly pick: Pick
  readonly victim: Person
  readonly id: string
}

const hash = '0'.repeat(64)
const namesOf = (users: readonly string[]) => users.map((userId) => ({ userId, deviceId: 'one', leaf: 0 }))
const placeOf = (pick: Pick) => ({ generation: pick(3), epoch: pick(9) })
const groupIdOf = (id: string, generation: number) => (generation === 0 ? id : `${id}/${generation}`)

const forge = async ({ colluder, people, id, pick }: Told) => {
  const generation = pick(3)
  const forged = await colluder.forge(
    groupIdOf(id, generation),
    people.map(({ user }) => user),
  )
  return forged === undefined ? undefined : { ...forged, generation }
}

/** The event that the colluder's group would have come with, by whomever. */
const commitEvent = ({ pick, people, colluder, id }: Told, { commit, generation }: Forged & { generation: number }) => {
  const actor = { userId: oneOf(pick, [colluder.user, ...people.map(({ user }) => user)]), deviceId: 'one' }
  const data = {
    ...{ generation, epoch: 1, external: false, added: namesOf(people.map(({ user }) => user)), removed: [] },
    ...{ commit: null, welcome: { hash, size: 1 }, groupInfo: { hash, size: 1 }, ciphertext: toBase64(commit) },
  }
  return (event: Json): Json => ({
    ...event,
    stream: { kind: 'conversation', id },
    type: 'GroupCommitted',
    actor,
    data,
  })
}

type Lie = (told: Told) => Promise<readonly Lies[]>

const refused = (code: string, details: Json): Lies => ({
  frame: ({ id }) => ({ type: 'error', id, code, message: 'a lie', temporary: false, details }),
})

/** An event of the conversation that becomes another one on its way. */
const changing = ({ id }: Told, change: (event: Json) => Json): Lies => ({
  event: { id, change },
})

const says = (actor: string | undefined, type: string, data: Json) => (event: Json) => ({
  ...event,
  type,
  actor: { userId: actor, deviceId: 'one' },
  data,
})

/** Each prepares what one device will be told; several at once make a plan of it. */
const lies: Readonly<Record<string, Lie>> = {
  'another epoch': async ({ pick }) => [refused('stale_epoch', placeOf(pick))],
  'somebody must leave': async ({ pick, people }) => [
    refused('commit_required', { devices: `${oneOf(pick, people)?.user}/one` }),
  ],
  'a welcome of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return []
    const { id, pick } = told
    const { generation } = forged
    const revision = pick(6)
    const event = commitEvent(told, forged)({ stream: { kind: 'conversation', id }, revision, position: '1', at: 1 })
    const item = { conversationId: id, revision, generation, epoch: 1, welcome: { hash, size: 1 } }
    return [
      ...(pick(2) === 0 ? [refused('stale_epoch', { generation, epoch: 2 + pick(6) })] : []),
      { answer: { match: /\/welcomes$/, make: () => ({ items: [item] }) } },
      { answer: { match: /\/events$/, make: () => ({ events: [event] }) } },
      { blob: forged.welcome },
    ]
  },
  'a commit of its own': async (told) => {
    const forged = await forge(told)
    return forged === undefined ? [] : [changing(told, commitEvent(told, forged)), { blob: forged.welcome }]
  },
  'a group of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return []
    const { people, pick } = told
    const epoch = pick(9)
    const info = {
      ...forged,
      epoch,
      groupInfo: toBase64(forged.groupInfo),
      leaves: namesOf(people.map(({ user }) => user)),
    }
    const make = () => ({ ...info, commit: undefined, welcome: undefined })
    return [
      refused('stale_epoch', { generation: forged.generation, epoch: 9 }),
      { answer: { match: /\/group-info$/, make } },
    ]
  },
  'a group as it was': async ({ pick, seen, people }) => {
    const old = oneOf(pick, seen.infos)
    const leaves = namesOf(people.map(({ user }) => user))
    const make = (answer: Json) => ({ ...answer, ...old, ...(pick(2) === 0 && { generation: pick(3) }), leaves })
    return [refused('stale_epoch', placeOf(pick)), { answer: { match: /\/group-info$/, make } }]
  },
  'no group': async ({ pick }) => [
    refused('stale_epoch', placeOf(pick)),
    { answer: { match: /\/group-info$/, make: () => ({ ...placeOf(pick), groupInfo: null, leaves: [] }) } },
  ],
  'somebody came in': async (told) => {
    const { pick, people, colluder } = told
    const actor = oneOf(pick, people)?.user
    return [
      changing(told, says(actor, 'MembersAdded', { members: [{ userId: colluder.user, role: 'member' }], lastSeq: 0 })),
    ]
  },
  'somebody left': async (told) => {
    const { pick, people } = told
    const [actor, userId] = [oneOf(pick, people)?.user, oneOf(pick, people)?.user]
    return [changing(told, says(actor, oneOf(pick, ['MemberRemoved', 'MemberLeft']) ?? '', { userId, lastSeq: 0 }))]
  },
  'the group is reset': async (told) => {
    const { pick, people, seen } = told
    const { proof } = (seen.events.find(({ type }) => type === 'GroupReset')?.data ?? {}) as Json
    const data = { generation: 1 + pick(3), clientSeq: 1, ...(pick(2) === 0 && { proof }) }
    return [changing(told, says(oneOf(pick, people)?.user, 'GroupReset', data))]
  },
  'nothing happened': async (told) => [changing(told, says('', 'ConversationRenamed', { name: '' }))],
  'what happened before': async (told) => {
    const { type, data, actor } = oneOf(told.pick, told.seen.events) ?? {}
    return [changing(told, (event) => ({ ...event, type, data, actor }))]
  },
  'other members': async ({ pick, colluder }) => {
    const make = ({ items, ...answer }: Json) => {
      const more = pick(2) === 0 ? [{ userId: colluder.user, role: 'member' }] : []
      return { ...answer, items: [...(items as Json[]).slice(pick(2)), ...more] }
    }
    return [{ answer: { match: /\/members$/, make } }]
  },
  'another key package': async ({ pick, colluder }) => {
    const deviceId = oneOf(pick, ['one', 'ghost'])
    const make = ({ packages, ...answer }: Json) => ({
      ...answer,
      packages: [...(packages as Json[]).slice(pick(2)), { deviceId, keyPackage: colluder.keyPackage() }],
    })
    return [{ answer: { match: /\/key-packages\/claim$/, make } }]
  },
  'another blob': async ({ pick, seen }) => [{ blob: oneOf(pick, seen.blobs) }],
  'everything anew': async (told) => {
    const { pick, victim, id } = told
    const forged = pick(2) === 0 ? await forge(told) : undefined
    const welcome = forged && {
      conversationId: id,
      revision: pick(9),
      generation: forged.generation,
      welcome: { hash },
    }
    const change = (one: Json): readonly Json[] => {
      if ((one.conversation as Json).conversationId !== id) return [one]
      return pick(3) === 0
        ? []
        : [{ ...one, revision: Math.max(0, Number(one.revision) - pick(4)), welcome: welcome ?? one.welcome }]
    }
    const make = (answer: Json) => ({ ...answer, conversations: (answer.conversations as Json[]).flatMap(change) })
    victim.server.drop()
    return [
      { result: (result) => ({ ...result, recovered: false }) },
      { answer: { match: /\/sync\/snapshot$/, make } },
      ...(forged === undefined ? [] : [{ blob: forged.welcome }]),
    ]
  },
}

/** The next lie, and to whom it is told; what it is called. */
export const tellLie = async (scene: Scene, pick: Pick): Promise<string> => {
  const [what, lie] = oneOf(pick, Object.entries(lies)) ?? []
  const victim = oneOf(pick, scene.people)
  const id = oneOf(pick, scene.conversations)
  if (what === undefined || lie === undefined || victim === undefined || id === undefined) return ''
  victim.lies.push(...(await lie({ ...scene, pick, victim, id })))
  return `${what} (to ${victim.user}, of ${scene.conversations.indexOf(id)})`
}
