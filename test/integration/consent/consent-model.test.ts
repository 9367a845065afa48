import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ConsentModel,
  createConsentModel,
  type ModelConversation,
  type Openness,
} from '../../support/domain/consent-model.ts'
import { seededRandom } from '../../support/event-log/attacks.ts'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import { groupInfoFrame } from '../../support/groups/mls-frames.ts'
import { type Participant, participate, startGroup } from '../../support/server/conversation.ts'
import { openServer, type ServerProcess } from '../../support/server/process.ts'
import { type RestUser, restOf } from '../../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../../support/server/socket.ts'
import { openTokens } from '../../support/server/tokens.ts'

/** The same steps again: BACKSCROLL_SEED=<seed>. */
const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const steps = 120

let server: ServerProcess
beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_GROUPS_FROM: '' }, documented: true })
  await server.start()
})
afterAll(() => server.discard())

const createRandom = (start: number) => {
  const next = seededRandom(start)
  return { next, pick: <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(next() * items.length)] }
}
type Random = ReturnType<typeof createRandom>

const users = ['ann', 'bob', 'cyd', 'dan', 'eve']

interface World {
  readonly model: ConsentModel
  readonly rest: ReadonlyMap<string, RestUser>
  readonly sockets: ReadonlyMap<string, ServerSocket>
  /** The owner's device alone is in the encryption group, and numbers its commands. */
  readonly owners: Map<string, Participant>
  readonly done: string[]
}

const restIn = ({ rest }: World, user: string): RestUser => {
  const found = rest.get(user)
  if (found === undefined) throw new Error(`nobody is called ${user}`)
  return found
}

const expectOk = ({ status, text }: { status: number; text: string }): void => expect(status, text).toBe(200)

type Step = (world: World, random: Random) => Promise<string | undefined>

const others = (user: string): readonly string[] => users.filter((one) => one !== user)
const groups = (model: ConsentModel): readonly ModelConversation[] => model.all().filter(({ kind }) => kind === 'group')

const startsDirect: Step = async (world, random) => {
  const user = random.pick(users) ?? ''
  const peer = random.pick(others(user)) ?? ''
  const id = world.model.direct(user, peer)
  if (world.model.all().some((one) => one.id === id)) return undefined
  const by = restIn(world, user)
  const group = { groupInfo: groupInfoFrame({ conversationId: id, epoch: 0 }) }
  expectOk(await by('POST', '/conversations', { recipientId: peer, group, clientSeq: 1, afterClientSeq: 0 }))
  const fake = createFakeGroup(id)
  fake.begin(by.device)
  world.owners.set(id, participate(by, { conversationId: id, group: fake }, 1))
  world.model.begin(id, 'direct', user, [peer])
  return `${user} begins a direct conversation with ${peer}`
}

const startsGroup: Step = async (world, random) => {
  if (groups(world.model).length > 12) return undefined
  const user = random.pick(users) ?? ''
  const members = others(user).filter(() => random.next() < 0.5)
  const { conversationId, owner } = await startGroup(restIn(world, user), members, randomUUID())
  world.owners.set(conversationId, owner)
  world.model.begin(conversationId, 'group', user, members)
  return `${user} begins ${conversationId} with ${members.join()}`
}

const adds: Step = async (world, random) => {
  const group = random.pick(groups(world.model))
  const user = random.pick(users.filter((one) => group?.members.has(one) === false))
  if (group === undefined || user === undefined) return undefined
  expectOk((await world.owners.get(group.id)?.add(user)) ?? { status: 0, text: 'no owner' })
  world.model.add(group.id, group.owner, user)
  return `${group.owner} adds ${user} to ${group.id}`
}

const removes: Step = async (world, random) => {
  const group = random.pick(groups(world.model))
  const user = random.pick([...(group?.members.keys() ?? [])].filter((one) => one !== group?.owner))
  if (group === undefined || user === undefined) return undefined
  expectOk((await world.owners.get(group.id)?.remove(user)) ?? { status: 0, text: 'no owner' })
  world.model.part(group.id, user)
  return `${group.owner} removes ${user} from ${group.id}`
}

const accepts: Step = async (world, random) => {
  const invited = world.model
    .all()
    .flatMap(({ id, members }) => [...members].flatMap(([user, is]) => (is === 'invited' ? [{ id, user }] : [])))
  const found = random.pick(invited)
  if (found === undefined) return undefined
  expectOk(await restIn(world, found.user)('POST', `/requests/${found.id}/accept`))
  world.model.accept(found.id, found.user)
  return `${found.user} accepts ${found.id}`
}

const declines: Step = async (world, random) => {
  const user = random.pick(users) ?? ''
  const id = random.pick([...world.model.person(user).requests])
  if (id === undefined) return undefined
  expectOk(await restIn(world, user)('POST', `/requests/${id}/decline`))
  world.model.decline(id, user)
  return `${user} declines ${id}`
}

const blocks: Step = async (world, random) => {
  const user = random.pick(users) ?? ''
  const other = random.pick(others(user)) ?? ''
  expectOk(await restIn(world, user)('PUT', `/blocks/${other}`))
  world.model.block(user, other)
  return `${user} blocks ${other}`
}

const unblocks: Step = async (world, random) => {
  const user = random.pick(users) ?? ''
  const other = random.pick([...world.model.person(user).blocked])
  if (other === undefined) return undefined
  expectOk(await restIn(world, user)('DELETE', `/blocks/${other}`))
  world.model.unblock(user, other)
  return `${user} unblocks ${other}`
}

const wants: Step = async (world, random) => {
  const user = random.pick(users) ?? ''
  const which = random.next() < 0.5 ? 'direct' : 'groups'
  const openness = random.pick<Openness>(['everyone', 'known', 'nobody']) ?? 'known'
  expectOk(await restIn(world, user)('PATCH', '/consent', { [which]: openness }))
  world.model.person(user)[which] = openness
  return `${user} wants ${which} from ${openness}`
}

const all: readonly Step[] = [
  ...[startsDirect, startsDirect, startsGroup, startsGroup, adds, adds, removes],
  ...[accepts, accepts, declines, blocks, unblocks, wants],
]

const idsIn = (items: readonly { conversationId?: string; conversation?: { conversationId: string } }[]): string[] =>
  items.map((item) => item.conversationId ?? item.conversation?.conversationId ?? '')

/** What the server says to a user, in the model's words. */
const saidTo = async (world: World, user: string) => {
  const rest = restIn(world, user)
  const requests = idsIn((await rest('GET', '/requests')).json.items)
  const inbox = idsIn((await rest('GET', '/inbox?limit=200')).json.items).sort()
  return { requests: requests.sort(), inbox }
}
const expectedOf = ({ model }: World, user: string) => {
  return { requests: [...model.person(user).requests].sort(), inbox: model.inbox(user) }
}

/** It may take a moment until all of it is told. */
const agrees = async (world: World): Promise<void> => {
  const expected = users.map((user) => expectedOf(world, user))
  for (let tries = 0; ; tries += 1) {
    const said = await Promise.all(users.map((user) => saidTo(world, user)))
    const isSame = JSON.stringify(said) === JSON.stringify(expected)
    if (!isSame && tries < 800) await sleep(25)
    else return expect(said, `seed ${seed}\n${world.done.join('\n')}`).toEqual(expected)
  }
}

const reaches = (world: World, user: string): ReadonlySet<string> =>
  new Set(
    world.sockets
      .get(user)
      ?.ofType('events')
      .flatMap(({ events }) => events)
      .flatMap(({ stream, type, data }) => (type === 'MessageSent' ? [`${stream.id}/${data.messageId}`] : [])) ?? [],
  )

/** The owner of a conversation says something: it comes to those who are in, and to nobody else. */
const speaks = async (world: World, random: Random): Promise<void> => {
  const conversation = random.pick(world.model.all())
  if (conversation === undefined) return
  const { id, owner, members } = conversation
  const { messageId } = (await world.owners.get(id)?.send('hello')) ?? { messageId: '' }
  const heard = [...members].flatMap(([user, is]) => (is === 'in' && user !== owner ? [user] : []))
  const said = `${id}/${messageId}`
  for (let tries = 0; tries < 2_000 && !heard.every((user) => reaches(world, user).has(said)); tries += 1)
    await sleep(10)
  await sleep(20)
  const reached = users.filter((user) => user !== owner && reaches(world, user).has(said))
  expect(reached, `seed ${seed}\n${world.done.join('\n')}`).toEqual(users.filter((user) => heard.includes(user)))
}

/** Asked by somebody who is not in, there is no such conversation. */
const isHidden = async (world: World, random: Random): Promise<void> => {
  const conversation = random.pick(world.model.all())
  const user = random.pick(users) ?? ''
  if (conversation === undefined || conversation.members.get(user) === 'in') return
  const answers = await Promise.all(
    [`/conversations/${conversation.id}/members`, `/conversations/${conversation.id}/group-info`].map((path) =>
      restIn(world, user)('GET', path),
    ),
  )
  for (const { status } of answers) expect(status, `seed ${seed}\n${world.done.join('\n')}`).toBe(404)
}

test('whatever people do, everybody reaches exactly those who let them in', { timeout: 300_000 }, async () => {
  const tokens = await openTokens(server.directory)
  const rest = new Map(
    await Promise.all(users.map(async (one) => [one, await restOf(server.url, tokens, one)] as const)),
  )
  const sockets = new Map<string, ServerSocket>()
  for (const user of users) {
    await rest.get(user)?.('GET', '/me')
    const socket = await openSocket(server.socketUrl, await tokens(user))
    const snapshot = await rest.get(user)?.('GET', '/sync/snapshot')
    await socket.connect(snapshot?.json.checkpoint)
    sockets.set(user, socket)
  }
  const world: World = { model: createConsentModel(users), rest, sockets, owners: new Map(), done: [] }
  const random = createRandom(seed)
  while (world.done.length < steps) {
    const done = await random.pick(all)?.(world, random)
    if (done === undefined) continue
    world.done.push(done)
    await agrees(world)
    await isHidden(world, random)
    if (random.next() < 0.4) await speaks(world, random)
  }
  for (const socket of sockets.values()) socket.drop()
})
