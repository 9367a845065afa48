import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { Presence } from '@backscroll/protocol/presence'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import { startGroup } from '../../support/server/conversation.ts'
import { openServer, type ServerProcess } from '../../support/server/process.ts'
import { type RestUser, restOf } from '../../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../../support/server/socket.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

let server: ServerProcess
let tokens: Tokens
beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_PRESENCE_TTL_MS: '1000' }, documented: true })
  await server.start()
  tokens = await openTokens(server.directory)
})
afterAll(() => server.discard())

const sockets: ServerSocket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.drop()
})

let people = 0
const person = async (): Promise<RestUser> => {
  people += 1
  const rest = await restOf(server.url, tokens, `presence-${people}`)
  await rest('GET', '/me')
  return rest
}
const idOf = ({ device }: RestUser): string => device.userId

const connect = async (user: RestUser, device = 'phone', activity?: 'away'): Promise<ServerSocket> => {
  const socket = await openSocket(server.socketUrl, await tokens(idOf(user), device), device)
  sockets.push(socket)
  const client = { name: 'test', version: '1', platform: 'node' }
  const answer = await socket.ask({ type: 'connect', deviceId: device, client, ...(activity && { activity }) })
  expect(answer?.type).toBe('reply')
  return socket
}

const watch = async (socket: ServerSocket, ...users: RestUser[]): Promise<readonly Presence[]> => {
  const answer = await socket.ask({ type: 'presence_subscribe', userIds: users.map(idOf) })
  if (answer?.type !== 'reply') throw new Error(JSON.stringify(answer))
  return (answer.result as { presences: Presence[] }).presences
}

const toldOf = (socket: ServerSocket, user: RestUser): readonly Presence[] =>
  socket.ofType('presence').flatMap(({ presences }) => presences.filter(({ userId }) => userId === idOf(user)))

const untilTold = (socket: ServerSocket, user: RestUser, online: boolean) =>
  socket.until(() => (toldOf(socket, user).at(-1)?.online === online ? true : undefined), `online: ${online}`)

/** The socket has received a push or an answer that says that the user is online. */
const untilSeen = (socket: ServerSocket, user: RestUser) =>
  expect.poll(async () => (await watch(socket, user))[0]?.online, { timeout: 15_000, interval: 200 }).toBe(true)

const look = async (by: RestUser, userId: string) => (await by('GET', `/presence/${userId}`)).json
const offline = (userId: string) => ({ userId, online: false, lastSeenAt: null })
const setPrivacy = (user: RestUser, privacy: object) => user('PATCH', '/me', { privacy })

/** Two users who share a group, so they are contacts. */
const contacts = async (): Promise<readonly [RestUser, RestUser]> => {
  const [alice, bob] = [await person(), await person()]
  await startGroup(alice, [bob])
  await expect.poll(async () => (await bob('GET', '/inbox')).json.items.length, { timeout: 15_000 }).toBe(1)
  return [alice, bob]
}

describe('presence [M7]', () => {
  it('is answered at once, and pushed when it changes', async () => {
    const [alice, bob] = await contacts()
    const watching = await connect(alice)
    expect(await watch(watching, bob)).toEqual([offline(idOf(bob))])
    const there = await connect(bob)
    await untilTold(watching, bob, true)
    expect(await look(alice, idOf(bob))).toEqual({ userId: idOf(bob), online: true, lastSeenAt: null })
    there.drop()
    await untilTold(watching, bob, false)
    const [first, last] = toldOf(watching, bob)
    expect(first).toEqual({ userId: idOf(bob), online: true, lastSeenAt: null })
    expect((last?.lastSeenAt ?? 1) % 60_000).toBe(0)
    expect(Math.abs((last?.lastSeenAt ?? 0) - Date.now())).toBeLessThan(180_000)
    expect(await look(alice, idOf(bob))).toEqual(last)
  })

  it('combines all devices: a user who is away on one device stays online through another', async () => {
    const [alice, bob] = await contacts()
    const watching = await connect(alice)
    await watch(watching, bob)
    const phone = await connect(bob)
    const laptop = await connect(bob, 'laptop', 'away')
    await untilTold(watching, bob, true)
    await phone.ask({ type: 'set_activity', activity: 'away' })
    await untilTold(watching, bob, false)
    await laptop.ask({ type: 'set_activity', activity: 'active' })
    await untilTold(watching, bob, true)
    expect(toldOf(watching, bob).map(({ online }) => online)).toEqual([true, false, true])
  })

  it('is no longer pushed to a session that has stopped watching', async () => {
    const [alice, bob] = await contacts()
    const [one, other] = [await connect(alice), await connect(alice, 'laptop')]
    for (const socket of [one, other]) await watch(socket, bob)
    expect((await one.ask({ type: 'presence_unsubscribe', userIds: [idOf(bob)] }))?.type).toBe('reply')
    await connect(bob)
    await untilTold(other, bob, true)
    expect(toldOf(one, bob)).toEqual([])
  })

  it('looks the same for strangers, hidden users, unknown users, and users who have blocked the viewer', async () => {
    const [alice, bob] = await contacts()
    const stranger = await person()
    const [hidden, blocker] = [await person(), await person()]
    await setPrivacy(hidden, { online: 'nobody' })
    await setPrivacy(blocker, { online: 'everyone', lastSeen: 'everyone' })
    await setPrivacy(stranger, { online: 'everyone', lastSeen: 'everyone' })
    await blocker('PUT', `/blocks/${idOf(stranger)}`)
    for (const user of [alice, bob, hidden, blocker]) await connect(user)
    await expect.poll(async () => (await look(alice, idOf(bob))).online).toBe(true)
    for (const userId of [idOf(bob), idOf(hidden), idOf(blocker), 'no-such-user']) {
      const { status, json } = await stranger('GET', `/presence/${userId}`)
      expect([status, json]).toEqual([200, offline(userId)])
    }
    const watching = await connect(stranger)
    const answer = await watching.ask({
      type: 'presence_subscribe',
      userIds: [idOf(bob), idOf(hidden), idOf(blocker), 'no-such-user'],
    })
    const presences = answer?.type === 'reply' ? (answer.result as { presences: Presence[] }).presences : []
    expect(presences).toEqual([idOf(bob), idOf(hidden), idOf(blocker), 'no-such-user'].map(offline))
  })

  it('a block hides both users at once, and looks to the blocked user like going offline', async () => {
    const [alice, bob] = await contacts()
    const [ofAlice, ofBob] = [await connect(alice), await connect(bob)]
    await untilSeen(ofAlice, bob)
    await untilSeen(ofBob, alice)
    await alice('PUT', `/blocks/${idOf(bob)}`)
    await untilTold(ofBob, alice, false)
    await untilTold(ofAlice, bob, false)
    expect(toldOf(ofBob, alice).at(-1)).toEqual(offline(idOf(alice)))
    expect(await look(bob, idOf(alice))).toEqual(offline(idOf(alice)))
    await alice('DELETE', `/blocks/${idOf(bob)}`)
    await untilTold(ofBob, alice, true)
  })

  it('a user who hides disappears for watchers, and sees nobody', async () => {
    const [alice, bob] = await contacts()
    const [ofAlice, ofBob] = [await connect(alice), await connect(bob)]
    await untilSeen(ofAlice, bob)
    await untilSeen(ofBob, alice)
    expect((await setPrivacy(alice, { online: 'nobody' })).status).toBe(200)
    await untilTold(ofBob, alice, false)
    await untilTold(ofAlice, bob, false)
    expect(await look(alice, idOf(alice))).toMatchObject({ online: true })
  })

  it('a user who wrote first and got no answer is not a contact', async () => {
    const [mallory, bob] = [await person(), await person()]
    const conversationId = directConversationId(idOf(mallory), idOf(bob))
    const group = createFakeGroup(conversationId)
    const begin = { recipientId: idOf(bob), group: group.begin(mallory.device, [bob.device]) }
    expect((await mallory('POST', '/conversations', { ...begin, clientSeq: 1, afterClientSeq: 0 })).status).toBe(200)
    await expect.poll(async () => (await bob('GET', '/inbox')).json.items.length, { timeout: 15_000 }).toBe(1)
    await connect(bob)
    const watching = await connect(mallory)
    expect(await watch(watching, bob)).toEqual([offline(idOf(bob))])
    expect(await look(mallory, idOf(bob))).toEqual(offline(idOf(bob)))
    expect(await look(bob, idOf(mallory))).toEqual(offline(idOf(mallory)))
  })

  it('an erased user is offline at once, and the last-seen time is deleted', async () => {
    const [alice, bob] = await contacts()
    const watching = await connect(alice)
    await connect(bob)
    await untilSeen(watching, bob)
    expect((await bob('POST', '/me/erasure', {})).status).toBe(200)
    await untilTold(watching, bob, false)
    expect(toldOf(watching, bob).at(-1)).toEqual(offline(idOf(bob)))
    await expect.poll(() => look(alice, idOf(bob))).toEqual(offline(idOf(bob)))
  })

  it('refuses malformed lists, too many users in one frame, and more users than a session may watch', async () => {
    const alice = await person()
    const socket = await connect(alice)
    const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => `u${from + index}`)
    const codeOf = async (frame: object) => {
      const answer = await socket.ask(frame)
      return answer?.type === 'error' ? answer.code : answer?.type
    }
    for (const userIds of [undefined, [], 'bob', [''], [5], ids(0, 101)])
      expect(await codeOf({ type: 'presence_subscribe', userIds })).toBe('invalid')
    expect(await codeOf({ type: 'set_activity', activity: 'dancing' })).toBe('invalid')
    expect(await codeOf({ type: 'presence_subscribe', userIds: ids(0, 100) })).toBe('reply')
    expect(await codeOf({ type: 'presence_subscribe', userIds: ids(100, 100) })).toBe('reply')
    expect(await codeOf({ type: 'presence_subscribe', userIds: ids(200, 1) })).toBe('watch_limit')
    expect(await codeOf({ type: 'presence_unsubscribe', userIds: ids(0, 1) })).toBe('reply')
    expect(await codeOf({ type: 'presence_subscribe', userIds: ids(200, 1) })).toBe('reply')
  })

  it('a user who asks for too many users must wait, over REST and WebSockets together', async () => {
    const alice = await person()
    const socket = await connect(alice)
    const probe = async (round: number) => {
      const userIds = Array.from({ length: 100 }, (_, index) => `probe-${round}-${index}`)
      const answer = await socket.ask({ type: 'presence_subscribe', userIds })
      await socket.ask({ type: 'presence_unsubscribe', userIds })
      return answer?.type === 'error' ? answer.code : undefined
    }
    let code: string | undefined
    for (let round = 0; code === undefined && round < 100; round += 1) code = await probe(round)
    expect(code).toBe('rate_limited')
    const look = async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => alice('GET', '/presence/somebody')))
      return answers.find(({ status }) => status === 429)
    }
    let refused = await look()
    for (let round = 0; refused === undefined && round < 50; round += 1) refused = await look()
    expect(refused?.json.code).toBe('rate_limited')
  })
})
