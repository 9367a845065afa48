import { deviceList } from '@backscroll/protocol/rest/devices'
import { forReading } from '@backscroll/protocol/rest/reading'
import { acknowledgeWelcome } from '@backscroll/protocol/rest/welcomes'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { names } from '../../../../src/api/docs/schema-names.ts'

const revocation = {
  ...{ type: 'revocation', userId: 'alice', identityKey: Buffer.alloc(32).toString('base64') },
  ...{ revoked: ['tablet'], kept: [], by: null, signature: Buffer.alloc(64).toString('base64') },
}
const list = { identityKey: null, devices: [], statements: [revocation], limit: 5, recovery: false, recoveryNumber: 0 }

/** Whether an object in it refuses fields that it does not know. */
const refusesFields = (schema: z.ZodType): boolean =>
  JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).includes(
    '"additionalProperties":false',
  )

describe('What a client reads', () => {
  test('leaves out the fields that a newer server has added, at any depth', () => {
    const newer = { ...list, more: 1, statements: [{ ...revocation, reason: 'lost' }] }
    expect(deviceList.safeParse(newer).success).toBe(false)
    expect(forReading(deviceList).parse(newer)).toEqual(list)
    const acknowledged = { conversationId: '6f1c2c1e-8f0a-4c0d-9a4e-2f6d5f1b7a10', revision: 7 }
    expect(acknowledgeWelcome.safeParse({ ...acknowledged, more: 1 }).success).toBe(false)
    expect(forReading(acknowledgeWelcome).parse({ ...acknowledged, more: 1 })).toEqual(acknowledged)
  })

  test('refuses a known field with a wrong value, and an answer that lacks one', () => {
    const reading = forReading(deviceList)
    expect(reading.safeParse({ ...list, limit: 'five' }).success).toBe(false)
    expect(reading.safeParse({ ...list, statements: [{ ...revocation, signature: 'short' }] }).success).toBe(false)
    const { devices: _, ...without } = list
    expect(reading.safeParse(without).success).toBe(false)
  })

  test('refuses unknown fields in no object of any answer', () => {
    expect(Object.values(names).some(refusesFields)).toBe(true)
    for (const [name, schema] of Object.entries(names)) expect(refusesFields(forReading(schema)), name).toBe(false)
  })

  test('is made once for each schema', () => {
    expect(forReading(deviceList)).toBe(forReading(deviceList))
  })
})
