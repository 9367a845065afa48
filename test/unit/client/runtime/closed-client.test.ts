import { describe, expect, it } from 'vitest'
import { createClient } from '../../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'

/** The server while a device enrols. The number of key packages is told once `tell` is called. */
const directory = () => {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>()
  const { promise: counting, resolve: counted } = Promise.withResolvers<void>()
  const { promise: published, resolve: publish } = Promise.withResolvers<'published'>()
  const answers: Readonly<Record<string, () => Promise<unknown>>> = {
    'GET /devices': async () => ({ identityKey: null, devices: [] }),
    'POST /devices': async () => ({ ok: true }),
    'GET /devices/phone/key-packages/count': async () => {
      counted()
      await told
      return { oneTime: 0, lastResort: false }
    },
    'POST /devices/phone/key-packages': async () => {
      publish('published')
      return { oneTime: 50, lastResort: true }
    },
  }
  const fetch: typeof globalThis.fetch = async (input, { method } = {}) =>
    Response.json(await answers[`${method} ${new URL(String(input)).pathname}`]?.())
  return { fetch, tell, counting, published }
}

describe('a client that was closed', () => {
  it('publishes no key packages: the next client has loaded the store without their private halves', async () => {
    const { fetch, tell, counting, published } = directory()
    const store = createMemoryStore()
    const options = { url: 'http://server', token: async () => 'token', userId: 'ada', deviceId: 'phone', store, fetch }
    const client = await createClient(options)
    const gaveUp = new Promise((resolve) => client.on('error', ({ error }) => resolve(error.code)))
    client.start()
    await counting
    await client.close()
    const known = await store.load()
    tell()
    expect(await Promise.race([published, gaveUp])).toBe('stopped')
    expect(await store.load()).toEqual(known)
  })
})
