import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyPair, createTestDevice, recordOf } from '../../support/accounts/device-keys.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import { device } from '../../support/groups/mls-frames.ts'
import { departure } from '../../support/groups/signed-act.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi({}, {}, { settings: { maxDevices: 3 } })
})
afterAll(() => running.close())

let people = 0
const newUser = async () => {
  people += 1
  const payload = { login: `owner-${people}@example.org`, password: 'correct horse' }
  const response = await running.api.inject({ method: 'POST', url: '/accounts', payload })
  const { userId } = response.json() as { userId: string }
  return {
    userId,
    device: (deviceId: string, identity = createKeyPair()) => createTestDevice(userId, deviceId, identity),
  }
}

const eventsOf = (userId: string) => running.log.readStream({ stream: `user-${userId}`, limit: 100 })

describe('registering a device', () => {
  test('is all that the token of an unknown device can do', async () => {
    const { userId, device } = await newUser()
    const phone = device('phone')
    const call = await createCaller(running, userId, 'phone', phone)
    const before = await call('GET', '/inbox')
    expect([before.status, before.body.code]).toEqual([401, 'unknown_device'])
    expect((await call('GET', '/devices')).body).toEqual({
      ...{ identityKey: null, devices: [], statements: [] },
      ...{ limit: 3, recovery: false, recoveryNumber: 0 },
    })
    expect((await call('POST', '/devices', phone.registration)).body).toEqual({ ok: true })
    expect((await call('GET', '/inbox')).status).toBe(200)
    expect((await call('GET', '/devices')).body).toMatchObject({
      identityKey: phone.registration.identityKey,
      devices: [expect.objectContaining({ deviceId: 'phone', certificate: phone.registration.certificate })],
    })
  })

  test('is told in the stream of the user, once however often it is asked for', async () => {
    const { userId, device } = await newUser()
    const phone = device('phone')
    const call = await createCaller(running, userId, 'phone', phone)
    for (let time = 0; time < 3; time += 1)
      expect((await call('POST', '/devices', { ...phone.registration, name: 'My phone' })).status).toBe(200)
    const events = await eventsOf(userId)
    expect(events.map(({ type, deviceId }) => [type, deviceId])).toEqual([['DeviceAdded', 'phone']])
    expect(JSON.parse(events[0]?.data ?? '')).toEqual({ deviceId: 'phone', ...phone.registration })
    expect(events[0]?.data).not.toContain('My phone')
  })

  test('needs a certificate by the identity key over this user, this device and this key', async () => {
    const { userId, device } = await newUser()
    const identity = createKeyPair()
    const phone = device('phone', identity)
    const other = device('phone', identity)
    const call = await createCaller(running, userId, 'phone', phone)
    const wrong = [
      { ...phone.registration, certificate: device('laptop', identity).registration.certificate },
      { ...phone.registration, certificate: createTestDevice('mallory', 'phone', identity).registration.certificate },
      { ...phone.registration, identityKey: device('phone').registration.identityKey },
      { signatureKey: phone.registration.signatureKey, certificate: phone.registration.certificate },
    ]
    for (const registration of wrong)
      expect((await call('POST', '/devices', registration)).body.code).toBe('bad_certificate')
    const uncertified = { ...phone.registration, signatureKey: other.registration.signatureKey }
    const owner = await createCaller(running, userId, 'phone', other)
    expect((await owner('POST', '/devices', uncertified)).body.code).toBe('bad_certificate')
    expect((await call('POST', '/devices', { ...phone.registration, signatureKey: 'AAAA' })).body.code).toBe('invalid')
    expect(await eventsOf(userId)).toEqual([])
  })

  test('is done by every later device under the same identity key', async () => {
    const { userId, device } = await newUser()
    const identity = createKeyPair()
    const own = device('phone', identity)
    const phone = await createCaller(running, userId, 'phone', own)
    await phone('POST', '/devices', own.registration)
    const foreign = device('laptop')
    const stranger = await createCaller(running, userId, 'laptop', foreign)
    const refused = await stranger('POST', '/devices', foreign.registration)
    expect([refused.status, refused.body.code]).toEqual([409, 'identity_key_differs'])
    const second = device('laptop', identity)
    const laptop = await createCaller(running, userId, 'laptop', second)
    const { identityKey: _, ...known } = second.registration
    expect((await laptop('POST', '/devices', known)).status).toBe(200)
    const seen = await phone('GET', `/users/${userId}/devices`)
    expect(seen.body.devices.map(({ deviceId }: { deviceId: string }) => deviceId).sort()).toEqual(['laptop', 'phone'])
  })

  test('is refused beyond the limit, and for an id that had another key', async () => {
    const { userId, device } = await newUser()
    const identity = createKeyPair()
    const add = async (deviceId: string) => {
      const added = device(deviceId, identity)
      const call = await createCaller(running, userId, deviceId, added)
      return (await call('POST', '/devices', added.registration)).body.code
    }
    expect([await add('one'), await add('two'), await add('three'), await add('four')]).toEqual([
      undefined,
      undefined,
      undefined,
      'device_limit',
    ])
    // Another key for the same id: nobody gets past the key that is registered.
    expect(await add('one')).toBe('invalid_dpop_proof')
  })
})

describe('devices of another issuer', () => {
  test('appear with their first token, until the first of them has a key', async () => {
    const device = createTestDevice('eve', 'phone')
    const phone = await createCaller(running, 'eve', 'phone', device)
    const laptop = await createCaller(running, 'eve', 'laptop')
    expect([(await phone('GET', '/inbox')).status, (await laptop('GET', '/inbox')).status]).toEqual([200, 200])
    expect(await eventsOf('eve')).toEqual([])
    expect((await phone('POST', '/devices', device.registration)).status).toBe(200)
    // From now on a device has to prove itself: a token alone counts for nothing.
    expect((await laptop('GET', '/inbox')).body.code).toBe('unknown_device')
    const ghost = await createCaller(running, 'eve', 'ghost')
    expect((await ghost('GET', '/inbox')).body.code).toBe('unknown_device')
  })
})

describe('naming and revoking', () => {
  const withTwo = async () => {
    const { userId, device } = await newUser()
    const identity = createKeyPair()
    const register = async (deviceId: string) => {
      const added = device(deviceId, identity)
      const call = await createCaller(running, userId, deviceId, added)
      await call('POST', '/devices', added.registration)
      return call
    }
    return { userId, phone: await register('phone'), laptop: await register('laptop'), device, identity }
  }

  test('a name is told without the name', async () => {
    const { userId, phone } = await withTwo()
    expect((await phone('PATCH', '/devices/laptop', { name: 'Old laptop' })).status).toBe(200)
    const { body } = await phone('GET', '/devices')
    expect(body.devices.find(({ deviceId }: { deviceId: string }) => deviceId === 'laptop').name).toBe('Old laptop')
    const last = (await eventsOf(userId)).at(-1)
    expect([last?.type, last?.data]).toEqual(['DeviceNamed', '{"deviceId":"laptop"}'])
    expect((await phone('PATCH', '/devices/unknown', { name: 'x' })).status).toBe(404)
  })

  test('a revoked device is out at once and for good [T2]', async () => {
    const { userId, phone, laptop, device, identity } = await withTwo()
    expect((await laptop('GET', '/inbox')).status).toBe(200)
    expect((await phone('DELETE', '/devices/laptop')).status).toBe(200)
    expect((await laptop('GET', '/inbox')).status).toBe(401)
    expect((await laptop('GET', '/devices')).status).toBe(401)
    expect((await laptop('POST', '/devices', device('laptop', identity).registration)).status).toBe(401)
    expect(running.accounts.signedOut).toContainEqual([userId, 'revoked', 'laptop'])
    expect((await eventsOf(userId)).at(-1)).toMatchObject({ type: 'DeviceRevoked', data: '{"deviceId":"laptop"}' })
    expect((await phone('DELETE', '/devices/laptop')).status).toBe(404)
  })

  test('nobody touches the devices of others [R4]', async () => {
    await withTwo()
    const bob = await createCaller(running, 'bob')
    expect((await bob('DELETE', '/devices/laptop')).status).toBe(404)
    expect((await bob('PATCH', '/devices/laptop', { name: 'x' })).status).toBe(404)
  })
})

describe('whose devices there are', () => {
  const withDevice = async () => {
    const { userId, device } = await newUser()
    const own = device('phone')
    const call = await createCaller(running, userId, 'phone', own)
    await call('POST', '/devices', own.registration)
    return { userId, call }
  }

  test('is told to the user, to admins, and to who shares a conversation, and to nobody else [R4]', async () => {
    const { userId, call } = await withDevice()
    const url = `/users/${userId}/devices`
    const bob = await createCaller(running, 'bob')
    const unknown = await bob('GET', '/users/nobody-at-all/devices')
    const stranger = await bob('GET', url)
    const shown = ({ status, body: { requestId: _, ...body } }: typeof stranger) => ({ status, body })
    expect(shown(stranger)).toEqual(shown(unknown))
    expect(stranger.status).toBe(404)
    const admin = await createCaller(running, 'root', 'phone', undefined, ['user', 'admin'])
    expect([(await call('GET', url)).status, (await admin('GET', url)).status]).toEqual([200, 200])

    const conversationId = randomUUID()
    const group = createFakeGroup(conversationId)
    const numbers = { clientSeq: 1, afterClientSeq: 0 }
    const body = { conversationId, members: [userId], group: group.begin(device('bob'), []), ...numbers }
    const started = await bob('POST', '/conversations', body)
    expect(started.status).toBe(200)
    await bob('GET', `/inbox?atLeast=${started.body.position}`)
    expect((await bob('GET', url)).body.devices).toMatchObject([{ deviceId: 'phone' }])
    const removal = departure(device('bob'), { conversationId, epoch: group.epoch }, userId, {
      clientSeq: 2,
      afterClientSeq: 1,
    })
    const left = await bob('DELETE', `/conversations/${conversationId}/members/${userId}`, removal)
    await bob('GET', `/inbox?atLeast=${left.body.position}`)
    expect(shown(await bob('GET', url))).toEqual(shown(unknown))
  })
})

describe('approving a new device', () => {
  test('both devices talk over a relay that nobody else hears', async () => {
    const { userId, device } = await newUser()
    const own = device('phone')
    const phone = await createCaller(running, userId, 'phone', own)
    await phone('POST', '/devices', own.registration)
    const laptop = await createCaller(running, userId, 'laptop')
    const opened = (await laptop('POST', '/pairings')).body
    expect((await phone('GET', '/pairings')).body.pairings).toEqual([opened])
    const url = `/pairings/${opened.pairingId}/messages`
    expect((await laptop('POST', url, { payload: 'AAAA' })).body).toEqual({ number: 1 })
    expect((await phone('POST', url, { payload: 'BBBB' })).body).toEqual({ number: 2 })
    const { messages } = (await laptop('GET', `${url}?after=1`)).body
    expect(messages).toEqual([{ number: 2, deviceId: 'phone', payload: 'BBBB', at: expect.any(Number) }])
    const bob = await createCaller(running, 'bob')
    expect((await bob('GET', url)).status).toBe(404)
    expect((await bob('POST', url, { payload: 'AAAA' })).status).toBe(404)
  })

  test('a stolen token asks to be let in ten times at once, then once in six minutes', async () => {
    const { userId } = await newUser()
    const laptop = await createCaller(running, userId, 'laptop')
    for (let asked = 0; asked < 10; asked += 1) {
      const { pairingId } = (await laptop('POST', '/pairings')).body
      expect((await laptop('DELETE', `/pairings/${pairingId}`)).status).toBe(200)
    }
    const { code, retryAfterMs } = (await laptop('POST', '/pairings')).body
    expect(code).toBe('rate_limited')
    expect(retryAfterMs).toBeGreaterThan(5 * 60_000)
  })

  test("a pairing is refused by one of the user's devices or given up by its own, and told in the user's stream", async () => {
    const { userId, device } = await newUser()
    const own = device('phone')
    const phone = await createCaller(running, userId, 'phone', own)
    await phone('POST', '/devices', own.registration)
    const laptop = await createCaller(running, userId, 'laptop')
    const stranger = await createCaller(running, userId, 'stranger')
    const bob = await createCaller(running, 'bob')
    const open = async () => (await laptop('POST', '/pairings')).body
    const [first, second] = [await open(), await open()]
    const urlOf = ({ pairingId }: { readonly pairingId: string }) => `/pairings/${pairingId}`
    expect((await stranger('DELETE', urlOf(first))).body.code).toBe('forbidden')
    expect((await bob('DELETE', urlOf(first))).status).toBe(404)
    expect((await phone('DELETE', urlOf(first))).status).toBe(200)
    expect((await phone('DELETE', urlOf(first))).status).toBe(404)
    expect((await laptop('GET', `${urlOf(first)}/messages`)).status).toBe(404)
    expect((await laptop('DELETE', urlOf(second))).status).toBe(200)
    const { pairingId, expiresAt } = first
    expect((await eventsOf(userId)).slice(-4).map(({ type, data }) => [type, JSON.parse(data)])).toEqual([
      ['ApprovalRequested', { deviceId: 'laptop', pairingId, expiresAt }],
      ['ApprovalRequested', { deviceId: 'laptop', pairingId: second.pairingId, expiresAt: second.expiresAt }],
      ['ApprovalRefused', { deviceId: 'laptop', pairingId }],
      ['ApprovalRefused', { deviceId: 'laptop', pairingId: second.pairingId }],
    ])
  })

  test('a recovery blob is stored by a registered device and read by a new one, seldom', async () => {
    const { userId, device } = await newUser()
    const own = device('phone')
    const phone = await createCaller(running, userId, 'phone', own)
    await phone('POST', '/devices', own.registration)
    expect((await phone('GET', '/me/recovery')).status).toBe(404)
    expect((await phone('PUT', '/me/recovery', recordOf(own, 'c2VjcmV0'))).status).toBe(200)
    const laptop = await createCaller(running, userId, 'laptop')
    expect((await laptop('PUT', '/me/recovery', recordOf(own, 'AAAA', 2))).body.code).toBe('unknown_device')
    expect((await laptop('GET', '/me/recovery')).body.blob).toBe('c2VjcmV0')
    const statuses: number[] = []
    for (let time = 0; time < 6; time += 1) statuses.push((await laptop('GET', '/me/recovery')).status)
    expect(statuses.at(-1)).toBe(429)
  })
})
