import { toBase64 } from '../../src/client/base64.ts'
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
  /** Whom the group holds. */
  readonly members: readonly string[]
}

const namesOf = (users: readonly string[]) => users.map((userId) => ({ userId, deviceId: 'one', leaf: 0 }))
const placeOf = ({ pick, epoch }: Told) => ({
  generation: pick(4) === 0 ? 1 : 0,
  epoch: Math.max(0, epoch - 2 + pick(5)),
})
const groupIdOf = (id: string, generation: number) => (generation === 0 ? id : `${id}/${generation}`)
const usersOf = ({ people }: Scene) => people.map(({ user }) => user)
const somebody = ({ pick, people, colluder }: Told) => oneOf(pick, [colluder.user, ...people.map(({ user }) => user)])

const forge = async (told: Told) => {
  const generation = told.pick(4) === 0 ? 1 : 0
  const users = told.members.filter((user) => usersOf(told).includes(user))
  const forged = await told.colluder.forge(groupIdOf(told.id, generation), users)
  return forged === undefined ? undefined : { ...forged, generation }
}

const refOf = (blob: Uint8Array) => ({ hash: hashOf(blob), size: blob.length })

const eventOf = ({ id }: Told, actor: string | undefined, type: string, data: Json): Json => ({
  ...{ stream: { kind: 'conversation', id }, revision: 0, position: '1', at: 1, type, data },
  actor: { userId: actor, deviceId: 'one' },
})

/** The event that a commit of the colluder's would have come with, by whomever. */
const commitEvent = (
  told: Told,
  { commit, welcome, groupInfo, epoch, generation }: Forged & { generation: number },
  actor: string | undefined,
) =>
  eventOf(told, actor, 'GroupCommitted', {
    ...{ generation, epoch, external: false, added: namesOf([...usersOf(told), 'mal']), removed: [], commit: null },
    ...{ welcome: refOf(welcome), groupInfo: refOf(groupInfo), ciphertext: toBase64(commit) },
  })

/** Nothing leads on from what the device has. */
const behind = (): readonly Lies[] =>
  [1, 2].map(() => ({ answer: { match: /\/events$/, make: () => ({ events: [] }) } }))

const refused = (code: string, details: Json): Lies => ({
  frame: ({ id }) => ({ type: 'error', id, code, message: 'a lie', temporary: false, details }),
})

/** Told at once, or prepared for what the victim asks next. */
type Lie = (told: Told) => Promise<readonly Lies[]>

const atOnce = ({ victim }: Told, ...events: readonly Json[]): readonly Lies[] => {
  for (const event of events) victim.tellEvent(event)
  return []
}

const ofType = ({ seen, id }: Told, ...types: readonly string[]) =>
  seen.events.filter(({ type, stream }) => types.includes(String(type)) && (stream as Json).id === id)

const changes = ['MemberRemoved', 'MemberLeft', 'RoleChanged']

/** Of what members have signed, at any time. */
const someDepartures = (told: Told): readonly number[] =>
  ofType(told, 'MemberRemoved', 'MemberLeft').flatMap(({ revision }) => (told.pick(2) === 0 ? [Number(revision)] : []))

/** By the colluder's own device, for where it is a member. */
const removalByColluder = async ({ colluder, pick, id, epoch, members, ...told }: Told) => {
  const clientSeq = 1 + pick(9)
  const others = members.filter((user) => user !== colluder.user)
  const memberId = oneOf(pick, others) ?? ''
  const signed = await colluder.sign({
    conversationId: id,
    generation: 0,
    epoch,
    clientSeq,
    memberId,
    change: 'removed',
  })
  return eventOf({ ...told, colluder, pick, id, epoch, members }, colluder.user, 'MemberRemoved', {
    userId: memberId,
    clientSeq,
    signed,
  })
}

/** The event that says so, and the commit that states it. */
const roleByColluder = async (told: Told): Promise<readonly Json[]> => {
  const { colluder, pick, id, epoch, members } = told
  const role = {
    userId: oneOf(pick, [colluder.user, ...members]) ?? '',
    role: oneOf(pick, ['owner', 'member'] as const) ?? 'owner',
  }
  const made = await colluder.giveRole(id, epoch, role)
  if (made === undefined) return []
  return [
    eventOf(told, colluder.user, 'RoleChanged', role),
    commitEvent(told, { ...made, generation: 0 }, colluder.user),
  ]
}

const lies: Readonly<Record<string, Lie>> = {
  'another epoch': async (told) => [refused('stale_epoch', placeOf(told))],
  'somebody must leave': async ({ pick, people }) => [
    refused('commit_required', { devices: `${oneOf(pick, people)?.user}/one` }),
  ],
  'a welcome of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return []
    const { id, pick, colluder } = told
    const { generation, welcome } = forged
    const revision = pick(6)
    const actor = oneOf(pick, [colluder.user, ...usersOf(told)])
    const event = { ...commitEvent(told, forged, actor), revision }
    const item = { conversationId: id, revision, generation, epoch: 1, welcome: refOf(welcome) }
    return [
      refused('stale_epoch', { generation, epoch: 90 }),
      // First what follows the commits that it has, then the event of the Welcome.
      { answer: { match: /\/events$/, make: () => ({ events: [] }) } },
      { answer: { match: /\/events$/, make: () => ({ events: [] }) } },
      { answer: { match: /\/welcomes$/, make: () => ({ items: [item] }) } },
      { answer: { match: /\/events$/, make: () => ({ events: [event] }) } },
      { blob: welcome },
    ]
  },
  'a commit of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return []
    const event = commitEvent(told, { ...forged, epoch: told.pick(2) === 0 ? 1 : told.epoch + 1 }, somebody(told))
    atOnce(told, event)
    return [{ blob: forged.welcome }]
  },
  /** Where the colluder is in the group, or was until now. */
  'a stranger, by a commit of the colluder': async (told) => {
    const { colluder, id, pick, epoch } = told
    const at = pick(3) === 0 ? epoch - 1 : epoch
    const made = await colluder.bringIn(id, at, pick(2) === 0 ? [] : ['mal'])
    if (made === undefined) return []
    return atOnce(told, commitEvent(told, { ...made, generation: 0 }, colluder.user))
  },
  'a group of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return []
    const { generation, groupInfo } = forged
    const place = { generation, epoch: 90, revision: 0, departures: someDepartures(told) }
    const info = { ...place, groupInfo: toBase64(groupInfo), leaves: namesOf(usersOf(told)) }
    const answer = { answer: { match: /\/group-info$/, make: () => info } }
    return [
      refused('stale_epoch', { generation, epoch: 90 }),
      ...behind(),
      answer,
      { ...answer },
      { accept: generation },
    ]
  },
  'a group as it was': async (told) => {
    const { pick, seen, id } = told
    const old = oneOf(
      pick,
      seen.infos.filter((info) => info.conversationId === id),
    )
    const shown = { departures: someDepartures(told), leaves: namesOf(usersOf(told)) }
    const make = (answer: Json) => ({ ...answer, ...shown, groupInfo: old?.groupInfo })
    const answer = { answer: { match: /\/group-info$/, make } }
    return [refused('stale_epoch', { generation: 0, epoch: 90 }), ...behind(), answer, { ...answer }, { accept: 0 }]
  },
  'no group': async (told) => [
    refused('stale_epoch', placeOf(told)),
    {
      answer: {
        match: /\/group-info$/,
        make: () => ({ ...placeOf(told), revision: 0, departures: [], groupInfo: null, leaves: [] }),
      },
    },
    { accept: 1 },
  ],
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
  'what was signed, again': async (told) => {
    const old = oneOf(told.pick, ofType(told, ...changes))
    return old === undefined ? [] : atOnce(told, old)
  },
  'what was signed, for something else': async (told) => {
    const old = oneOf(told.pick, ofType(told, ...changes))
    if (old === undefined) return []
    const userId = oneOf(told.pick, told.members)
    return atOnce(told, { ...old, data: { ...(old.data as Json), userId, role: 'admin' } })
  },
  'a removal by the colluder': async (told) => atOnce(told, await removalByColluder(told)),
  'a role by the colluder': async (told) => atOnce(told, ...(await roleByColluder(told))),
  /** Whom the server calls an owner removes. */
  'a removal by an owner of its making': async (told) => {
    const { user } = told.colluder
    const raised = eventOf(told, oneOf(told.pick, usersOf(told)), 'RoleChanged', { userId: user, role: 'owner' })
    return atOnce(told, raised, await removalByColluder(told))
  },
  /** Out by the server's word, and in again by the colluder's. */
  'out, and into a group of its own': async (told) => {
    const forged = await forge(told)
    if (forged === undefined) return []
    const { victim, colluder } = told
    const members = [{ userId: victim.user, role: 'member' }]
    atOnce(
      told,
      eventOf(told, oneOf(told.pick, usersOf(told)), 'MemberRemoved', { userId: victim.user, lastSeq: 0 }),
      eventOf(told, colluder.user, 'MembersAdded', { members, lastSeq: 0 }),
    )
    victim.lies.push({ blob: forged.welcome })
    return atOnce(told, commitEvent(told, { ...forged, epoch: 1 }, colluder.user))
  },
  'the group is reset': async (told) => {
    const { proof } = (oneOf(
      told.pick,
      told.seen.events.filter(({ type }) => type === 'GroupReset'),
    )?.data ?? {}) as Json
    const data = { generation: 1 + told.pick(2), clientSeq: 1, ...(proof !== undefined && { proof }) }
    return atOnce(told, eventOf(told, oneOf(told.pick, usersOf(told)), 'GroupReset', data))
  },
  'nothing happened': async (told) => [
    {
      event: {
        id: told.id,
        change: (event) => ({ ...event, type: 'ConversationRenamed', data: { name: '' } }),
      },
    },
  ],
  'what happened before': async (told) => {
    const old = oneOf(told.pick, told.seen.events)
    return old === undefined ? [] : atOnce(told, { ...old, stream: { kind: 'conversation', id: told.id } })
  },
  'somebody else said it': async (told) => {
    const { pick } = told
    const userId = oneOf(pick, usersOf(told))
    const messageId = oneOf(
      pick,
      ofType(told, 'MessageSent').map(({ data }) => (data as Json).messageId),
    )
    const change = (event: Json): Json => {
      if (event.type !== 'MessageSent') return event
      if (pick(2) === 0) return { ...event, actor: { userId, deviceId: 'one' } }
      return { ...event, data: { ...(event.data as Json), messageId } }
    }
    return [{ event: { id: told.id, change } }]
  },
  'other members': async ({ pick, colluder }) => {
    const make = ({ items, ...answer }: Json) => {
      const more = pick(2) === 0 ? [{ userId: colluder.user, role: 'member' }] : []
      return { ...answer, items: [...(items as Json[]).slice(pick(2)), ...more] }
    }
    return [{ answer: { match: /\/members$/, make } }]
  },
  'a ghost': async ({ pick, colluder, people }) => {
    const lie = (): Lies => ({
      answer: {
        match: /\/key-packages\/claim$/,
        make: (answer: Json, path = '') => {
          const user = people.find((one) => path.includes(`/users/${one.user}/`))?.user ?? ''
          const keyPackage = oneOf(pick, colluder.ghostPackages(user)) ?? colluder.keyPackage()
          const packages = (answer.packages as Json[]).slice(pick(2))
          return { ...answer, packages: [...packages, { deviceId: 'ghost', keyPackage }] }
        },
      },
    })
    return [lie(), lie()]
  },
  'another blob': async ({ pick, seen }) => [{ blob: oneOf(pick, seen.blobs) }],
  'everything anew': async (told) => {
    const { pick, victim, id } = told
    const forged = pick(2) === 0 ? await forge(told) : undefined
    const welcome = forged && {
      ...{ conversationId: id, revision: pick(9), generation: forged.generation },
      welcome: refOf(forged.welcome),
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

export const lieNames: readonly string[] = Object.keys(lies)

/** Tells it, or has it ready for what the victim asks next. */
export const tellLie = async (name: string, told: Told): Promise<string> => {
  told.victim.lies.push(...((await lies[name]?.(told)) ?? []))
  return `${name} (to ${told.victim.user})`
}
