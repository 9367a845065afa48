import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../../support/client/client-world.ts'
import {
  cameInto,
  type Given,
  newMessageId,
  type OutcomeWorld,
  openOutcomeWorld,
  type Person,
  refsOf,
  shownBy,
} from '../../support/client/outcome-world.ts'

const seededRandom = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296
  return seed / 4_294_967_296
}

/** Any command by anybody, at any time, with people in any state. */
const createSteps = (at: OutcomeWorld, random: () => number) => {
  const groups: string[] = []
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)]
  const some = () => at.names.filter(() => random() < 0.45)
  const [ann, ben] = at.stable
  if (ann === undefined || ben === undefined) throw new Error('two stay')

  const create = (by: Person) => {
    const other = by === ann ? ben : ann
    const { conversationId, done } = by.client.createGroup({ members: [other.user, ...some()] })
    groups.push(conversationId)
    at.watch({ what: 'create', conversationId, messageId: undefined, adds: true }, done)
  }
  const write = (by: Person, id: string) => {
    const messageId = newMessageId()
    const target = pick(refsOf(by, id))
    const kind = random()
    const options = { messageId }
    const { client } = by
    const sending =
      target === undefined || kind < 0.6
        ? client.send(id, { text: 'text' }, options)
        : kind < 0.75
          ? client.edit(id, target, { text: 'other text' }, options)
          : kind < 0.9
            ? client.react(id, target, { emoji: '👍' }, options)
            : client.reply(id, target, { text: 'reply' }, options)
    at.watch({ what: 'write', conversationId: id, messageId, adds: false }, sending)
  }
  const change = (by: Person, id: string) => {
    const kind = random()
    const rest = { conversationId: id, messageId: undefined }
    if (kind < 0.6) {
      const users = some()
      if (users.length > 0) at.watch({ ...rest, what: 'add', adds: true }, by.client.addMembers(id, users))
    } else if (kind < 0.8) at.watch({ ...rest, what: 'reset', adds: false }, by.client.resetGroup(id))
    else at.watch({ ...rest, what: 'leave', adds: false }, at.guest.client.leave(id))
  }
  return async (): Promise<void> => {
    const kind = random()
    const by = pick([ann, ben, ben, at.guest]) ?? ann
    const id = pick(groups)
    if (id === undefined || kind < 0.15) create(pick(at.stable) ?? ann)
    else if (kind < 0.65) write(by, id)
    else if (kind < 0.85) change(pick(at.stable) ?? ann, id)
    else await at.disturb(random())
    if (random() < 0.5) await sleep(random() * 150)
  }
}

const addedBy = (given: readonly Given[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { adds, outcome, users, conversationId } of given)
    for (const [user, became] of Object.entries(users)) {
      if (!adds || outcome !== 'accepted' || became === 'unknown') continue
      counts.set(`${conversationId} ${user}`, (counts.get(`${conversationId} ${user}`) ?? 0) + 1)
    }
  return counts
}

/** What was told as accepted and is not there, or as failed and is. */
const contradictions = ({ given, stable }: OutcomeWorld, mustRead: boolean): readonly string[] =>
  stable.flatMap((person) => {
    const shown = shownBy(person)
    return given.flatMap(({ messageId, what, outcome, code }) => {
      if (messageId === undefined) return []
      const readable = shown.get(messageId)
      const holds =
        outcome === 'accepted' ? readable === true || (!mustRead && readable === false) : readable === undefined
      return holds ? [] : [`${what} ${messageId} ${outcome} ${code} at ${person.user}: ${readable}`]
    })
  })

/** The users who came in without being reported as added, or the other way round. */
const falseMembers = ({ given, stable }: OutcomeWorld): readonly string[] => {
  const told = addedBy(given)
  return stable.flatMap((person) => {
    const came = cameInto(person)
    const named = [...new Set([...told.keys(), ...came.keys()])].filter((key) => !/ (ann|ben)$/.test(key))
    return named
      .filter((key) => (told.get(key) ?? 0) !== (came.get(key) ?? 0))
      .map((key) => `${key} told ${told.get(key) ?? 0}, came ${came.get(key) ?? 0} at ${person.user}`)
  })
}

/**
 * In the end everybody who is there can write in every group, whoever else is in it. A group whose beginning is still on its way does not exist for the
 * others: they write as soon as they have been shown that it began.
 */
const writeLast = async (world: OutcomeWorld, seed: number): Promise<void> => {
  const begun = world.given.filter(({ what }) => what === 'create').map((one) => one.conversationId)
  const writers = begun.flatMap((conversationId) => world.stable.map((person) => ({ conversationId, person })))
  await Promise.all(
    writers.map(async ({ conversationId, person }) => {
      const isShown = () => cameInto(person).has(`${conversationId} ${person.user}`)
      const neverBegan = () =>
        world.given.some(
          (one) => one.what === 'create' && one.conversationId === conversationId && one.outcome === 'failed',
        )
      await eventually(
        () => isShown() || neverBegan(),
        `seed ${seed}: ${person.user} is shown ${conversationId}`,
        90_000,
      )
      if (!isShown()) return
      const messageId = newMessageId()
      const sending = person.client.send(conversationId, { text: 'in the end' }, { messageId })
      world.watch({ what: 'last', conversationId, messageId, adds: false }, sending)
    }),
  )
}

const failuresTold = ({ stable, guest }: OutcomeWorld): number =>
  [...stable, guest].flatMap(({ log }) => log.filter(({ type }) => type === 'failed')).length

describe('The outcome of any command, with people in any state of their accounts', () => {
  let at: OutcomeWorld | undefined
  afterEach(() => at?.close())

  it.each([
    ['default limits', {}, true],
    ['limits that are reached', { BACKSCROLL_CLAIM_BURST: '1', BACKSCROLL_CLAIM_EVERY_MS: '3000' }, false],
  ])(
    'is what every member is shown: %s',
    async (_, env, mustRead) => {
      const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 1e9))
      const world = await openOutcomeWorld(env)
      at = world
      const step = createSteps(world, seededRandom(seed))
      for (let n = 0; n < 45; n += 1) await step()
      await writeLast(world, seed)
      const waiting = () => world.given.filter(({ outcome }) => outcome === 'waiting')
      await eventually(() => waiting().length === 0, `seed ${seed}: every command has an outcome`, 90_000).catch(
        (late) => {
          const states = [...world.stable, world.guest].flatMap(({ client }) => client.pendingCommands())
          throw new Error(`${late.message}: ${JSON.stringify([waiting(), states])}`)
        },
      )
      const wrong = () => [...contradictions(world, mustRead), ...falseMembers(world)]
      await eventually(() => wrong().length === 0, 'outcomes and what is shown agree', 20_000).catch(() => {})
      expect(wrong(), `seed ${seed}`).toEqual([])
      expect(
        world.given.filter(({ what, outcome }) => what === 'last' && outcome !== 'accepted'),
        `seed ${seed}`,
      ).toEqual([])
      expect(failuresTold(world), `seed ${seed}`).toBe(world.given.filter(({ outcome }) => outcome === 'failed').length)
      expect(world.given.filter(({ outcome }) => outcome === 'accepted').length, `seed ${seed}`).toBeGreaterThan(10)
    },
    180_000,
  )
})
