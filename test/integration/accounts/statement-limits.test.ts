import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import { revokeBy, revokeByIdentity, succeed } from '../../../packages/client/src/trust/signed-statements.ts'
import { createChainedDevices, named, registrationOf, signingOf } from '../../support/accounts/chained-devices.ts'
import { codes, password, personWithDevices } from '../../support/accounts/person-with-devices.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let clock = 0
const dayMs = 86_400_000
beforeAll(async () => {
  running = await startApi({}, {}, { settings: { maxDevices: 4 }, now: () => Date.now() + clock })
})
afterAll(() => running.close())

const newPerson = () => personWithDevices(running)
type Person = Awaited<ReturnType<typeof newPerson>>

/** The laptop is stolen: it vouches for a device and revokes it, again and again. Answers the first refusal. */
const spam = async ({ laptop, approved, register, revoke }: Person, most: number) => {
  for (let n = 0; n < most; n += 1) {
    const registered = await register(await approved(laptop, `ghost-${n}-${clock}`))
    if (registered.status !== 200) return registered
    const revoked = await revoke(laptop, await revokeBy(laptop, { revoked: [`ghost-${n}-${clock}`], kept: [] }))
    if (revoked.status !== 200) return revoked
  }
  return undefined
}

describe('what a stolen device signs', () => {
  test('ends at sixteen statements, and keeps nobody else from revoking it', async () => {
    const ann = await newPerson()
    const refusal = await spam(ann, 17)
    expect(refusal && codes(refusal)).toEqual([409, 'bad_statement', { reason: 'too many by this device' }])
    const own = await revokeBy(ann.phone, { revoked: ['laptop', 'tablet', 'ghost-16-0'], kept: [] })
    expect(codes(await ann.revoke(ann.phone, own))).toEqual([200, undefined])
    expect(await ann.standing(ann.phone)).toEqual(['phone'])
  })

  test('does not count against what the identity key signs', async () => {
    const ann = await newPerson()
    for (let n = 0; n < 18; n += 1) {
      expect((await ann.register(await ann.first(`spare-${n}`))).status).toBe(200)
      const statement = await revokeByIdentity(ann.identity, ann.userId, { revoked: [`spare-${n}`], kept: [] })
      expect(codes(await ann.revoke(ann.phone, statement))).toEqual([200, undefined])
    }
  })

  test('brings in twenty devices a day; those that the identity key certifies come in nevertheless', async () => {
    const ann = await newPerson()
    const { phone, laptop, approved, first, register, revoke } = ann
    const statuses: number[] = []
    for (let n = 0; n < 19; n += 1) {
      statuses.push((await register(await approved(laptop, `ghost-${n}`))).status)
      await revoke(phone, await revokeByIdentity(ann.identity, ann.userId, { revoked: [`ghost-${n}`], kept: [] }))
    }
    expect(statuses).toEqual([...Array(18).fill(200), 429])
    expect((await register(laptop)).status).toBe(200)
    expect((await register(await first('by-identity'))).status).toBe(200)
    clock += dayMs
    await revoke(phone, await revokeByIdentity(ann.identity, ann.userId, { revoked: ['by-identity'], kept: [] }))
    expect((await register(await approved(laptop, 'tomorrow'))).status).toBe(200)
  })
})

describe('a new identity key', () => {
  const renewals = (person: Person) => {
    let from = person.identity
    let number = 0
    return async () => {
      const to = await createKeyPair()
      const kept = [named(person.phone)]
      const succession = await succeed({ userId: person.userId, from, to, number: number + 1, kept })
      const answer = await (await person.as(person.phone))('POST', '/me/identity/renewal', { succession })
      if (answer.status === 200) [from, number] = [to, number + 1]
      return codes(answer)
    }
  }

  test('comes five times a day and thirty-two times in all, which is what others are sent', async () => {
    const ann = await newPerson()
    const renew = renewals(ann)
    for (let time = 0; time < 5; time += 1) expect(await renew()).toEqual([200, undefined])
    expect((await renew()).slice(0, 2)).toEqual([429, 'rate_limited'])
    for (let time = 5; time < 32; time += 1) {
      clock += dayMs / 5
      expect(await renew()).toEqual([200, undefined])
    }
    clock += dayMs
    expect(await renew()).toEqual([409, 'bad_statement', { reason: 'too many: begin anew' }])
    const { body } = await (await ann.as(ann.phone))('GET', '/devices')
    expect(body.statements).toHaveLength(32)
  })

  test('that nothing signs comes three times a day, counted for all processes', async () => {
    const { userId } = await newPerson()
    const statuses: number[] = []
    for (let time = 0; time < 4; time += 1) {
      const device = await (await createChainedDevices(userId)).first(`fresh-${time}`)
      const fresh = await createCaller(running, userId, `fresh-${time}`, signingOf(device))
      statuses.push((await fresh('POST', '/me/identity/reset', { ...registrationOf(device), password })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
  })
})
