import { closeCodes } from '@backscroll/protocol/close-codes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKeyPair, createTestDevice, type TestDevice } from '../../support/accounts/device-keys.ts'
import { openServer, type ServerProcess } from '../../support/server/process.ts'
import { restOf } from '../../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../../support/server/socket.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

let server: ServerProcess
let tokens: Tokens
beforeAll(async () => {
  server = await openServer({ documented: true })
  await server.start()
  tokens = await openTokens(server.directory)
})
afterAll(() => server.discard())

const register = async (userId: string, deviceId: string, identity: ReturnType<typeof createKeyPair>) => {
  const device = createTestDevice(userId, deviceId, identity)
  const call = await restOf(server.url, tokens, userId, deviceId, device)
  const { registration } = device
  const { status } = await call('POST', '/devices', registration)
  expect(status).toBe(200)
  return { call, registration, device }
}

const socketOf = async (userId: string, deviceId: string, device?: TestDevice): Promise<ServerSocket> => {
  const socket = await openSocket(server.socketUrl, await tokens(userId, deviceId), deviceId, device)
  await socket.connect()
  return socket
}

/** How a socket ends that is opened and never says a word. */
const farewellOf = async (userId: string, deviceId: string): Promise<number> =>
  (await openSocket(server.socketUrl, await tokens(userId, deviceId), deviceId)).closed()

const userEvents = (socket: ServerSocket) =>
  socket.ofType('events').flatMap(({ events }) => events.filter(({ stream }) => stream.kind === 'user'))

test('a new device is told to the own devices live and when they resume, and to nobody else [C2]', async () => {
  const identity = createKeyPair()
  const { call, device } = await register('alice', 'phone', identity)
  const { checkpoint } = (await call('GET', '/sync/snapshot')).json
  const [phone, bob] = [await socketOf('alice', 'phone', device), await socketOf('bob', 'phone')]
  const { registration, device: added } = await register('alice', 'laptop', identity)
  const told = await phone.until(() => userEvents(phone)[0], 'DeviceAdded')
  expect(told).toMatchObject({
    stream: { kind: 'user', id: 'alice' },
    revision: 1,
    type: 'DeviceAdded',
    actor: { userId: 'alice', deviceId: 'laptop' },
    data: { deviceId: 'laptop', ...registration },
  })
  const resumed = await openSocket(server.socketUrl, await tokens('alice', 'laptop'), 'laptop', added)
  await resumed.connect(checkpoint)
  await resumed.until(() => resumed.ofType('caught_up')[0], 'caught_up')
  expect(userEvents(resumed).map(({ type, revision }) => [type, revision])).toEqual([['DeviceAdded', 1]])
  expect(userEvents(bob)).toEqual([])
  for (const socket of [phone, bob, resumed]) socket.drop()
})

test('revoking a device closes its socket at once, refuses its tokens, also after a crash [T2]', async () => {
  const identity = createKeyPair()
  const { call, device } = await register('carol', 'phone', identity)
  const { device: revoked } = await register('carol', 'laptop', identity)
  const [phone, laptop] = [await socketOf('carol', 'phone', device), await socketOf('carol', 'laptop', revoked)]
  const [{ status }, code] = await Promise.all([call('DELETE', '/devices/laptop'), laptop.closed()])
  expect([status, code]).toEqual([200, closeCodes.revoked])
  await phone.until(() => userEvents(phone).find(({ type }) => type === 'DeviceRevoked'), 'DeviceRevoked')
  expect(await farewellOf('carol', 'laptop')).toBe(closeCodes.revoked)
  await server.stop('SIGKILL')
  await server.start()
  expect(await farewellOf('carol', 'laptop')).toBe(closeCodes.revoked)
  const again = await restOf(server.url, tokens, 'carol', 'phone', device)
  expect((await again('GET', '/devices')).json.devices.map((one: { deviceId: string }) => one.deviceId)).toEqual([
    'phone',
  ])
  phone.drop()
})

test('an erased user is out everywhere at once', async () => {
  const { call, device } = await register('dave', 'phone', createKeyPair())
  const socket = await socketOf('dave', 'phone', device)
  expect((await call('POST', '/me/erasure', {})).status).toBe(200)
  expect(await socket.closed()).toBe(closeCodes.account_erased)
  expect(await farewellOf('dave', 'phone')).toBe(closeCodes.account_erased)
  expect(await farewellOf('dave', 'another')).toBe(closeCodes.account_erased)
})
