import { describe, expect, it } from 'vitest'
import type { ClientOptions } from '../../../../packages/client/src/api/client-api.ts'
import { checkOptions } from '../../../../packages/client/src/api/client-options.ts'
import { createClient } from '../../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { importStoreKey } from '../../../../packages/client/src/stores/store-key.ts'
import { systemClock } from '../../../../packages/client/src/time/clock.ts'

const good: ClientOptions = {
  url: 'https://chat.example.org',
  token: async () => 'token',
  userId: 'ann',
  deviceId: 'phone',
  store: createMemoryStore(),
}

/** As code without types gives them. */
const withOption = (field: string, value: unknown): ClientOptions => {
  const options = { ...good }
  Reflect.set(options, field, value)
  return options
}

const bad: readonly (readonly [field: keyof ClientOptions, value: unknown])[] = [
  ['url', ''],
  ['url', 'chat.example.org'],
  ['url', 'ftp://chat.example.org'],
  ['url', undefined],
  ['url', new URL('https://chat.example.org')],
  ['token', 'eyJ'],
  ['token', undefined],
  ['userId', ''],
  ['userId', 'ann/phone'],
  ['userId', 7],
  ['deviceId', ''],
  ['deviceId', 'a phone'],
  ['deviceId', 'x'.repeat(65)],
  ['store', undefined],
  ['store', null],
  ['store', new Map()],
  ['store', { load: async () => new Map(), write: async () => {} }],
  ['storeKey', 'secret'],
  ['storeKey', new Uint8Array(32)],
  ['confirmDelivery', 'no'],
  ['platform', 'x'.repeat(10_000)],
  ['clock', { now: 0 }],
  ['clock', () => 0],
  ['random', 0.5],
  ['newId', 'id'],
  ['webSocket', {}],
  ['fetch', true],
]

describe('An option that is not what it must be', () => {
  it.each(bad)('%s %j is named before anything else happens', async (field, value) => {
    let touched = 0
    const store = {
      ...createMemoryStore(),
      load: async () => {
        touched += 1
        return new Map()
      },
    }
    const options = field === 'store' ? withOption(field, value) : { ...withOption(field, value), store }
    const error = await createClient(options).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'invalid', details: { field, reason: expect.any(String) } })
    expect(touched).toBe(0)
  })

  it('is not repeated: it may be secret', async () => {
    const error = await createClient(withOption('storeKey', 'my secret')).catch((thrown) => thrown)
    expect(JSON.stringify([error.message, error.details])).not.toContain('my secret')
  })

  it.each([undefined, null, 'https://chat.example.org'])('none at all is invalid too: %j', async (given) => {
    await expect(createClient(given as never)).rejects.toMatchObject({ code: 'invalid', details: { field: 'options' } })
  })
})

it('options that are right pass, all of them at once', async () => {
  const all: Required<ClientOptions> = {
    ...good,
    ...{ storeKey: await importStoreKey(new Uint8Array(32)), confirmDelivery: false, platform: 'node' },
    ...{ transferHistory: false },
    ...{ clock: systemClock, random: Math.random, newId: () => 'id', fetch },
    webSocket: () => expect.fail('nothing is opened'),
  }
  expect(() => checkOptions(all)).not.toThrow()
  expect(() => checkOptions(good)).not.toThrow()
})
