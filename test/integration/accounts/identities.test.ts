import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import { toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import { certifyWhole, type Device } from '../../../packages/client/src/trust/device-certificate.ts'
import { revokeBy, revokeByIdentity, succeed } from '../../../packages/client/src/trust/signed-statements.ts'
import {
  createChainedDevices,
  named,
  recordBy,
  registrationOf,
  signatureKeyOf,
  signingOf,
} from '../../support/accounts/chained-devices.ts'
import { codes, password, personWithDevices } from '../../support/accounts/person-with-devices.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let clock = 0
beforeAll(async () => {
  running = await startApi({}, {}, { settings: { maxDevices: 4 }, now: () => Date.now() + clock })
})
afterAll(() => running.close())

const newPerson = () => personWithDevices(running)

describe('devices that were approved by others', () => {
  test('are registered with their chain, which everybody sees', async () => {
    const { userId, phone, laptop, tablet, as } = await newPerson()
    const { body } = await (await as(phone))('GET', '/devices')
    expect(body.devices.map(({ chain }: { chain?: object[] }) => chain?.length ?? 0)).toEqual([0, 1, 2])
    const seen = await (await as(phone))('GET', `/users/${userId}/devices`)
    expect(seen.body.devices.at(-1).chain).toEqual(tablet.credential.chain)
    const event = (await running.log.readStream({ stream: `user-${userId}`, limit: 9 }))[1]
    expect(JSON.parse(event?.data ?? '')).toMatchObject({ deviceId: 'laptop', chain: laptop.credential.chain })
  })

  test('need a chain of devices that stand, with those keys', async () => {
    const { userId, approved, first, register, identity } = await newPerson()
    const unknown = await first('unknown')
    expect(codes(await register(await approved(unknown, 'other')))).toMatchObject([409, 'bad_certificate'])
    const twin = await createChainedDevices(userId, identity)
    const phone = await twin.first('phone')
    expect(codes(await register(await approved(phone, 'other')))).toMatchObject([409, 'bad_certificate'])
  })
})

describe('a signed revocation', () => {
  test('ends what the device vouches for, but for what is kept, and is served from then on', async () => {
    const { userId, phone, laptop, tablet, approved, register, revoke, standing, isIn, as } = await newPerson()
    const statement = await revokeBy(phone, { revoked: ['laptop'], kept: [named(tablet)] })
    expect((await revoke(phone, statement)).status).toBe(200)
    expect(await standing(phone)).toEqual(['phone', 'tablet'])
    expect([await isIn(laptop), await isIn(tablet)]).toEqual([401, 200])
    expect(running.accounts.signedOut).toContainEqual([userId, 'revoked', 'laptop'])
    expect(codes(await register(await approved(laptop, 'ghost')))).toMatchObject([409, 'bad_certificate'])
    expect((await register(await approved(tablet, 'watch'))).status).toBe(200)
    const bob = await createCaller(running, 'bob')
    const claim = await bob('POST', `/users/${userId}/key-packages/claim`, { claimId: 'one' })
    expect(claim.body.statements).toEqual([statement])
    const seen = await (await as(phone))('GET', `/users/${userId}/devices`)
    expect(seen.body.statements).toEqual([statement])
  })

  test('must leave every device either standing or revoked', async () => {
    const { phone, laptop, tablet, revoke, standing } = await newPerson()
    const half = await revokeBy(phone, { revoked: ['laptop'], kept: [] })
    expect(codes(await revoke(phone, half))).toEqual([409, 'bad_statement', { reason: 'devices' }])
    expect(await standing(phone)).toEqual(['phone', 'laptop', 'tablet'])
    const own = await revokeBy(laptop, { revoked: ['phone'], kept: [named(laptop), named(tablet)] })
    expect(codes(await revoke(laptop, own))).toEqual([409, 'bad_statement', { reason: 'devices' }])
    const unknown = await revokeBy(phone, { revoked: ['nothing'], kept: [] })
    expect(codes(await revoke(phone, unknown))).toEqual([409, 'bad_statement', { reason: 'devices' }])
    const both = await revokeBy(phone, { revoked: ['laptop', 'tablet'], kept: [] })
    expect((await revoke(phone, both)).status).toBe(200)
    expect(await standing(phone)).toEqual(['phone'])
  })

  test('of the device that all hang on is the identity key’s', async () => {
    const { userId, identity, phone, laptop, tablet, revoke, standing, approved, register } = await newPerson()
    const kept = [named(laptop), named(tablet)]
    const statement = await revokeByIdentity(identity, userId, { revoked: ['phone'], kept })
    expect((await revoke(laptop, statement)).status).toBe(200)
    expect(await standing(laptop)).toEqual(['laptop', 'tablet'])
    expect(codes(await register(await approved(phone, 'ghost')))).toMatchObject([409, 'bad_certificate'])
    expect((await register(await approved(laptop, 'new'))).status).toBe(200)
  })

  test('is refused when it is changed, of somebody else, or sent by another device', async () => {
    const [ann, bea] = [await newPerson(), await newPerson()]
    const good = await revokeBy(ann.phone, { revoked: ['laptop', 'tablet'], kept: [] })
    const reasons = async (by: typeof ann, device: Device, statement: object) =>
      (await by.revoke(device, statement)).body.details?.reason
    expect(await reasons(ann, ann.phone, { ...good, revoked: ['tablet'] })).toBe('signature')
    expect(await reasons(ann, ann.phone, { ...good, by: null })).toBe('signature')
    expect(await reasons(ann, ann.laptop, good)).toBe('by another device')
    expect(await reasons(bea, bea.phone, good)).toBe('of another user')
    const identityKey = bea.phone.credential.identityKey
    expect(await reasons(ann, ann.phone, { ...good, identityKey })).toBe('of another identity key')
    expect(await ann.standing(ann.phone)).toHaveLength(3)
  })
})

describe('all slots used by devices that are gone', () => {
  test('room is made by the identity key, for the device that it names', async () => {
    const { userId, identity, first, phone, laptop, tablet, register, standing, approved } = await newPerson()
    await register(await approved(phone, 'fourth'))
    const fresh = await first('fresh')
    expect((await register(fresh)).body.code).toBe('device_limit')
    const kept = [named(laptop), named(tablet), named(fresh)]
    const unnamed = await revokeByIdentity(identity, userId, { revoked: ['fourth'], kept: [] })
    expect((await register(fresh, { revocation: unnamed })).body.code).toBe('bad_statement')
    const byDevice = await revokeBy(phone, { revoked: ['fourth'], kept })
    expect((await register(fresh, { revocation: byDevice })).body.code).toBe('bad_statement')
    const revocation = await revokeByIdentity(identity, userId, { revoked: ['fourth'], kept })
    expect((await register(fresh, { revocation })).status).toBe(200)
    expect(await standing(fresh)).toEqual(['phone', 'laptop', 'tablet', 'fresh'])
  })

  test('an admin makes it, and nobody else', async () => {
    const { userId, phone, standing, isIn, laptop } = await newPerson()
    const url = `/admin/users/${userId}/devices/laptop`
    const bob = await createCaller(running, 'bob')
    expect((await bob('DELETE', url)).status).toBe(403)
    const authorization = `Bearer ${await running.tokenFor('operator', 'phone', ['admin'])}`
    const remove = async () =>
      (await running.api.inject({ method: 'DELETE', url, headers: { authorization } })).statusCode
    expect([await remove(), await remove()]).toEqual([200, 404])
    expect(await isIn(laptop)).toBe(401)
    expect(await standing(phone)).toEqual(['phone', 'tablet'])
  })
})

describe('a new identity key that the old one signs', () => {
  const renewed = async (person: Awaited<ReturnType<typeof newPerson>>, kept: readonly Device[], number = 1) => {
    const to = await createKeyPair()
    const wanted = { userId: person.userId, from: person.identity, to, number, kept: kept.map(named) }
    return { to, succession: await succeed(wanted) }
  }
  const renew = async (person: Awaited<ReturnType<typeof newPerson>>, by: Device, body: object) =>
    (await person.as(by))('POST', '/me/identity/renewal', body)

  test('certifies the kept devices again; all others are out, with the devices that they vouched for', async () => {
    const ann = await newPerson()
    const { userId, identity, phone, laptop, tablet, as, isIn, register, approved } = ann
    await (await as(phone))('PUT', '/me/recovery', await recordBy(identity, userId, 'b2xk'))
    const { to, succession } = await renewed(ann, [laptop])
    expect(codes(await renew(ann, phone, { succession }))).toEqual([
      409,
      'bad_statement',
      { reason: 'not this device' },
    ])
    expect((await renew(ann, laptop, { succession, recovery: await recordBy(to, userId, 'bmV3') })).status).toBe(200)
    expect((await renew(ann, laptop, { succession })).status).toBe(200)
    expect([await isIn(phone), await isIn(laptop), await isIn(tablet)]).toEqual([401, 200, 401])
    const { body } = await (await as(laptop))('GET', '/devices')
    expect(body.identityKey).toBe(toBase64(to.publicKey))
    expect(body.devices).toMatchObject([{ deviceId: 'laptop', certificate: succession.kept[0]?.certificate }])
    expect(body.devices[0].chain).toBeUndefined()
    expect(body.statements).toEqual([succession])
    expect((await (await as(laptop))('GET', '/me/recovery')).body.blob).toBe('bmV3')
    expect((await register(await approved(laptop, 'ghost'))).body.code).toBe('identity_key_differs')
    const types = (await running.log.readStream({ stream: `user-${userId}`, limit: 99 })).map(({ type }) => type)
    expect(types.filter((type) => type === 'IdentityChanged')).toHaveLength(1)
  })

  test('is refused with a wrong number, for unknown devices, and when anything is changed', async () => {
    const ann = await newPerson()
    const { phone, first } = ann
    const reasons = async (body: { succession: object }) =>
      (await renew(ann, phone, { succession: body.succession })).body.details?.reason
    expect(await reasons(await renewed(ann, [phone], 2))).toBe('number')
    expect(await reasons(await renewed(ann, [phone, await first('unknown')]))).toBe('devices')
    const { succession } = await renewed(ann, [phone])
    expect(
      await reasons({ succession: { ...succession, successor: toBase64((await createKeyPair()).publicKey) } }),
    ).toBe('signature')
    const other = { ...succession.kept[0], certificate: phone.credential.certificate }
    expect(await reasons({ succession: { ...succession, kept: [other] } })).toBe('signature')
  })
})

describe('beginning anew', () => {
  const beginning = async (userId: string, deviceId = 'fresh') => {
    const { first } = await createChainedDevices(userId)
    const device = await first(deviceId)
    const caller = await createCaller(running, userId, deviceId, signingOf(device))
    return { body: registrationOf(device), caller }
  }

  test('needs the password; then nothing of before is left, and the new device is in', async () => {
    const { userId, identity, phone, as, isIn, revoke, tablet } = await newPerson()
    await (await as(phone))('PUT', '/me/recovery', await recordBy(identity, userId, 'b2xk'))
    await revoke(phone, await revokeBy(phone, { revoked: ['laptop'], kept: [named(tablet)] }))
    const { body, caller: fresh } = await beginning(userId)
    expect((await fresh('POST', '/me/identity/reset', { ...body, password: 'wrong' })).body.code).toBe('wrong_password')
    expect((await fresh('POST', '/me/identity/reset', body)).body.code).toBe('wrong_password')
    const stolen = { ...body, certificate: phone.credential.certificate, password }
    expect((await fresh('POST', '/me/identity/reset', stolen)).body.code).toBe('bad_certificate')
    expect(await isIn(phone)).toBe(200)
    const other = await newPerson()
    clock += 86_400_000
    const begun = await fresh('POST', '/me/identity/reset', { ...body, password })
    expect(begun.status).toBe(200)
    expect([await isIn(phone), await isIn(tablet), (await fresh('GET', '/inbox')).status]).toEqual([401, 401, 200])
    const { identityKey, devices, statements, recovery } = (await fresh('GET', '/devices')).body
    expect([identityKey, devices.length, statements, recovery]).toEqual([body.identityKey, 1, [], false])
    expect(await other.isIn(other.phone)).toBe(200)
    const types = (await running.log.readStream({ stream: `user-${userId}`, limit: 99 })).map(({ type }) => type)
    expect(types).toContain('IdentityChanged')
  })

  test('of a user who signs in elsewhere needs a fresh token', async () => {
    const { first } = await createChainedDevices('elsewhere')
    const phone = await first('phone')
    const call = await createCaller(running, 'elsewhere', 'phone', signingOf(phone))
    expect((await call('POST', '/devices', registrationOf(phone))).status).toBe(200)
    const { body, caller: fresh } = await beginning('elsewhere')
    clock = 11 * 60_000
    expect((await fresh('POST', '/me/identity/reset', body)).body.code).toBe('sign_in_again')
    clock = 0
    expect((await fresh('POST', '/me/identity/reset', body)).status).toBe(200)
    expect((await call('GET', '/inbox')).status).toBe(401)
    expect((await fresh('GET', '/devices')).body.devices).toMatchObject([{ signatureKey: body.signatureKey }])
  })

  test('is not possible with the id of a device that was used', async () => {
    const { userId, laptop, as } = await newPerson()
    const { body, caller } = await beginning(userId, 'laptop')
    // Its token is not even believed: the key that is registered would have to prove itself.
    expect((await caller('POST', '/me/identity/reset', { ...body, password })).status).toBe(401)
    const own = { ...body, signatureKey: signatureKeyOf(laptop), password }
    expect((await (await as(laptop))('POST', '/me/identity/reset', own)).body.code).toBe('bad_certificate')
    const { identity } = await createChainedDevices(userId)
    const again = await certifyWhole(identity, { userId, deviceId: 'laptop', publicKey: laptop.keys.publicKey })
    const answer = await (await as(laptop))('POST', '/me/identity/reset', { ...own, ...again })
    expect(answer.body.code).toBe('device_exists')
  })
})

test('a certificate by an identity key that is not the account’s is refused everywhere', async () => {
  const { userId, as, phone } = await newPerson()
  const stranger = await createKeyPair()
  const publicKey = phone.keys.publicKey
  const certification = await certifyWhole(stranger, { userId, deviceId: 'x', publicKey })
  const call = await createCaller(running, userId, 'x', signingOf(phone))
  const body = { signatureKey: signatureKeyOf(phone), ...certification }
  expect((await call('POST', '/devices', body)).body.code).toBe('identity_key_differs')
  expect((await (await as(phone))('GET', '/devices')).body.devices).toHaveLength(3)
})
