import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import type { Device } from '../../../packages/client/src/trust/device-certificate.ts'
import { succeed } from '../../../packages/client/src/trust/signed-statements.ts'
import { named, recordBy } from '../../support/accounts/chained-devices.ts'
import { codes, personWithDevices } from '../../support/accounts/person-with-devices.ts'
import { type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

const newPerson = async () => {
  const person = await personWithDevices(running)
  const { userId, identity, as } = person
  const put = async (by: Device, record: object) => codes(await (await as(by))('PUT', '/me/recovery', record))
  const signed = (blob: string, number: number) => recordBy(identity, userId, blob, number)
  const stored = async (by: Device) => (await (await as(by))('GET', '/me/recovery')).body
  return { ...person, put, signed, stored }
}
const refused = (reason: string) => [409, 'bad_statement', { reason }]

describe('what the recovery key opens', () => {
  test('is replaced by the identity key alone: not by a stolen device, whatever it puts there', async () => {
    const { userId, phone, laptop, put, signed, stored } = await newPerson()
    const own = await signed('b3duZXI=', 1)
    expect(await put(phone, own)).toEqual([200, undefined])
    const foreign = await recordBy(await createKeyPair(), userId, 'dGhpZWY=', 2)
    const byDevice = await recordBy(laptop.keys, userId, 'dGhpZWY=', 2)
    for (const record of [foreign, byDevice, { ...own, number: 2 }, { ...own, blob: 'dGhpZWY=' }])
      expect(await put(laptop, record)).toEqual(refused('signature'))
    expect((await put(laptop, { blob: 'dGhpZWY=' }))[1]).toBe('invalid')
    expect(await stored(phone)).toEqual({ ...own, at: expect.any(Number) })
  })

  test('is not brought back once it was replaced, nor taken from another user', async () => {
    const { phone, laptop, put, signed, stored, as } = await newPerson()
    const [old, newer] = [await signed('b2xk', 1), await signed('bmV3', 2)]
    for (const record of [old, newer, newer]) expect(await put(phone, record)).toEqual([200, undefined])
    expect(await put(laptop, old)).toEqual(refused('number'))
    expect(await put(laptop, await signed('bGlrZQ==', 2))).toEqual(refused('number'))
    expect((await stored(phone)).blob).toBe('bmV3')
    expect((await (await as(phone))('GET', '/devices')).body).toMatchObject({ recovery: true, recoveryNumber: 2 })
    const other = await newPerson()
    expect(await other.put(other.phone, newer)).toEqual(refused('signature'))
  })

  test('is written by the owner however often a thief has tried to', async () => {
    const { userId, phone, laptop, put, signed } = await newPerson()
    const forged = await recordBy(laptop.keys, userId, 'dGhpZWY=')
    for (let time = 0; time < 20; time += 1) await put(laptop, forged)
    expect(await put(phone, await signed('b3duZXI=', 1))).toEqual([200, undefined])
  })

  test('comes with a new identity key only as that key has signed it, and the old key writes no more', async () => {
    const { userId, identity, phone, put, signed, stored, as } = await newPerson()
    const to = await createKeyPair()
    const succession = await succeed({ userId, from: identity, to, number: 1, kept: [named(phone)] })
    const renew = async (recovery: object) =>
      codes(await (await as(phone))('POST', '/me/identity/renewal', { succession, recovery }))
    expect(await renew(await signed('b2xk', 9))).toEqual(refused('signature'))
    expect(await renew(await recordBy(to, userId, 'bmV3'))).toEqual([200, undefined])
    expect(await put(phone, await signed('b2xk', 9))).toEqual(refused('signature'))
    expect((await stored(phone)).blob).toBe('bmV3')
  })
})
