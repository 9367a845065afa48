import { encodeDeviceCredential } from '@backscroll/protocol/device-credential'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkKeyPackage } from '../../../src/identity/accounts/devices/key-package-check.ts'
import {
  base64,
  createKeyPackage,
  createKeyPair,
  createTestDevice,
  type KeyPackageOptions,
} from '../../support/accounts/device-keys.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

const registered = async (api: RunningApi, userId: string, deviceId: string, identity = createKeyPair()) => {
  const device = createTestDevice(userId, deviceId, identity)
  const call = await createCaller(api, userId, deviceId, device)
  const { status } = await call('POST', '/devices', device.registration)
  expect(status).toBe(200)
  const publish = async (keyPackages: readonly Uint8Array[], lastResort?: Uint8Array) =>
    call('POST', `/devices/${deviceId}/key-packages`, {
      keyPackages: keyPackages.map(base64),
      ...(lastResort && { lastResort: base64(lastResort) }),
    })
  return { device, call, publish, make: (options?: KeyPackageOptions) => createKeyPackage(device, options) }
}

describe('publishing key packages', () => {
  test('counts what can still be handed out', async () => {
    const { call, publish, make } = await registered(running, 'alice', 'phone')
    const batch = [await make(), await make()]
    const count = { oneTime: 2, lastResort: true }
    const last = await make()
    expect((await publish(batch, last)).body).toEqual(count)
    expect((await publish(batch, last)).body).toEqual(count)
    expect((await call('GET', '/devices/phone/key-packages/count')).body).toEqual(count)
  })

  test('is for the own device alone', async () => {
    const { call, make } = await registered(running, 'anna', 'phone')
    const url = '/devices/laptop/key-packages'
    expect((await call('POST', url, { keyPackages: [base64(await make())] })).status).toBe(404)
  })

  test('refuses what is not this device, this key, this suite, this time, or not signed, and names which and why', async () => {
    const { device, publish, make } = await registered(running, 'arthur', 'phone')
    const { userId, deviceId, identity } = device
    const now = BigInt(Math.floor(Date.now() / 1000))
    const other = createTestDevice(userId, 'laptop', identity)
    const credential = (changes: object) =>
      encodeDeviceCredential({ userId, deviceId, ...device.registration, ...changes })
    const good = await make()
    const otherSuite = Uint8Array.from(good).with(7, 2)
    const bad: readonly (readonly [string, Uint8Array])[] = [
      ['not_a_key_package', Buffer.from('plaintext')],
      ['not_a_key_package', otherSuite],
      ['not_a_key_package', good.subarray(4)],
      ['not_a_key_package', Buffer.concat([good, Buffer.of(0)])],
      ['wrong_identity', await createKeyPackage(other)],
      ['wrong_identity', await make({ identity: credential({ userId: 'mallory' }) })],
      ['wrong_identity', await make({ identity: credential({ certificate: other.registration.certificate }) })],
      ['wrong_identity', await make({ identity: Buffer.from(userId) })],
      ['wrong_signature_key', await make({ signWith: createKeyPair() })],
      ['lifetime', await make({ lifetime: { notBefore: now - 100n, notAfter: now - 1n } })],
      ['lifetime', await make({ lifetime: { notBefore: now + 86_400n, notAfter: now + 2n * 86_400n } })],
      ['lifetime', await make({ lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n } })],
    ]
    for (const [reason, bytes] of bad) {
      const { status, body } = await publish([good, bytes])
      expect([status, body.code, body.details]).toEqual([409, 'bad_key_package', { index: 1, reason }])
    }
    expect((await publish([], Buffer.from('plaintext'))).body.details.index).toBe('lastResort')
    expect((await publish([])).body).toEqual({ oneTime: 0, lastResort: false })
  })
})

test('a key package with any byte changed, cut or added is refused', async () => {
  const device = createTestDevice('alice', 'phone')
  const { identityKey, ...keys } = device.registration
  const stored = { userId: 'alice', deviceId: 'phone', name: null, addedAt: 0, revokedAt: null, ...keys }
  const good = await createKeyPackage(device)
  const verdict = (bytes: Uint8Array) => checkKeyPackage(bytes, stored, identityKey, false, Date.now()).kind
  expect(verdict(good)).toBe('good')
  for (let at = 0; at < good.length; at += 1) {
    const changed = Uint8Array.from(good)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    expect(verdict(changed), `byte ${at}`).toBe('bad')
  }
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }), (at, noise) => {
      expect(verdict(good.subarray(0, at))).toBe('bad')
      expect(verdict(Buffer.concat([good.subarray(0, at), noise, good.subarray(at)]))).toBe('bad')
      expect(verdict(noise)).toBe('bad')
    }),
    { numRuns: 200 },
  )
})

describe('claiming key packages [E2]', () => {
  test('takes one of each active device, each once, then the last-resort one', async () => {
    const identity = createKeyPair()
    const phone = await registered(running, 'carol', 'phone', identity)
    const laptop = await registered(running, 'carol', 'laptop', identity)
    await registered(running, 'carol', 'tablet', identity)
    const [one, last, only] = [await phone.make(), await phone.make(), await laptop.make()]
    await phone.publish([one], last)
    await laptop.publish([only])
    const bob = await createCaller(running, 'bob')
    const claim = async (claimId: string) => (await bob('POST', '/users/carol/key-packages/claim', { claimId })).body
    const first = {
      packages: [
        { deviceId: 'laptop', keyPackage: base64(only), lastResort: false },
        { deviceId: 'phone', keyPackage: base64(one), lastResort: false },
      ],
      without: ['tablet'],
      statements: [],
    }
    expect(await claim('c1')).toEqual(first)
    const second = {
      packages: [{ deviceId: 'phone', keyPackage: base64(last), lastResort: true }],
      without: ['laptop', 'tablet'],
      statements: [],
    }
    expect(await claim('c2')).toEqual(second)
    expect(await claim('c1')).toEqual(first)
    await phone.call('DELETE', '/devices/laptop')
    expect((await claim('c3')).without).toEqual(['tablet'])
  })

  test('leaves out the device that claims from its own user', async () => {
    const identity = createKeyPair()
    const phone = await registered(running, 'dora', 'phone', identity)
    const laptop = await registered(running, 'dora', 'laptop', identity)
    await phone.publish([await phone.make()])
    await laptop.publish([await laptop.make()])
    const { body } = await phone.call('POST', '/users/dora/key-packages/claim', { claimId: 'mine' })
    expect(body.packages.map(({ deviceId }: { deviceId: string }) => deviceId)).toEqual(['laptop'])
  })

  test('gives forty claims at once forty different packages', async () => {
    const { publish, make } = await registered(running, 'emma', 'phone')
    await publish(await Promise.all(Array.from({ length: 40 }, () => make())))
    const bob = await createCaller(running, 'bob')
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => bob('POST', '/users/emma/key-packages/claim', { claimId: `e${index}` })),
    )
    expect(new Set(answers.map(({ body }) => body.packages[0].keyPackage)).size).toBe(40)
  })

  test('is refused for an unknown user, and for a claim id of another user', async () => {
    await registered(running, 'fred', 'phone')
    const bob = await createCaller(running, 'bob')
    expect((await bob('POST', '/users/nobody-here/key-packages/claim', { claimId: 'x' })).status).toBe(404)
    await bob('POST', '/users/fred/key-packages/claim', { claimId: 'used' })
    const reused = await bob('POST', '/users/carol/key-packages/claim', { claimId: 'used' })
    expect([reused.body.code, reused.body.details.field]).toEqual(['invalid', 'claimId'])
  })

  test('is limited by claimant and target: first the one-time packages, much later all; a repeat is not counted [T7]', async () => {
    let ahead = 0
    const now = () => Date.now() + ahead
    const limited = await startApi({}, {}, { settings: { claimBurst: 2, claimEveryMs: 600_000 }, now })
    const target = await registered(limited, 'gina', 'phone')
    const last = await target.make()
    await target.publish([await target.make(), await target.make(), await target.make()], last)
    const own = await createCaller(limited, 'gina')
    const bob = await createCaller(limited, 'bob')
    const claim = async (claimId: string, by = bob) => {
      const { status, body } = await by('POST', '/users/gina/key-packages/claim', { claimId })
      return status === 200 ? body.packages[0]?.lastResort : body.code
    }
    expect([await claim('1'), await claim('1'), await claim('2'), await claim('3')]).toEqual([
      false,
      false,
      false,
      true,
    ])
    for (let n = 4; n <= 20; n += 1) expect(await claim(String(n))).toBe(true)
    expect(await claim('21')).toBe('rate_limited')
    ahead = 60_000
    expect(await claim('21')).toBe(true)
    ahead = 600_000
    expect(await claim('22')).toBe(false)
    for (let n = 0; n < 100; n += 1) expect(await claim(`own${n}`, own)).not.toBe('rate_limited')
    await limited.close()
  })

  test('is limited by claimant, over all whom one user claims', async () => {
    // However long a thousand claims take here, none is given back meanwhile.
    const at = Date.now()
    const settings = { claimBurst: 6, claimEveryMs: 600_000 }
    const limited = await startApi({}, {}, { settings, now: () => at })
    const bob = await createCaller(limited, 'bob')
    const claim = (n: number) => bob('POST', `/users/somebody${n}/key-packages/claim`, { claimId: String(n) })
    const codes = new Set<string>()
    for (let n = 0; n < 1_020; n += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, more) => claim(n + more)))
      for (const { body } of answers) codes.add(body.code)
    }
    expect(codes).toEqual(new Set(['not_found', 'rate_limited']))
    await limited.close()
  })
})
