import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BackscrollClient, ClientOptions } from '../../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9'
const patiently = { timeout: 20_000 }

describe('A client whose start cannot succeed says why, also without any handler', () => {
  const world = useClientWorld()
  const clients: BackscrollClient[] = []
  const open = async (user: string, options: Partial<ClientOptions> = {}) => {
    const me = { userId: user, deviceId: 'phone', store: createMemoryStore() }
    const client = await createClient({ url: world.url(), token: () => world.token(user, 'phone'), ...me, ...options })
    clients.push(client)
    return client
  }
  const start = async (...of: Parameters<typeof open>) => {
    const client = await open(...of)
    client.start()
    return client
  }
  const whyNot = async (client: BackscrollClient) => {
    const thrown: unknown = await client.whenLive().then(
      () => 'live',
      (error: unknown) => error,
    )
    return thrown
  }
  const silence = () => vi.spyOn(console, 'error').mockImplementation(() => {})
  afterEach(async () => {
    vi.restoreAllMocks()
    await Promise.all(clients.splice(0).map((client) => client.close()))
  })

  it('where no server is: `whenLive` rejects after a while, `state` tells it at once, and it goes on trying', async () => {
    const printed = silence()
    const client = await start('ann', { url: nowhere })
    const tells = { code: 'unavailable', message: `${nowhere} cannot be reached`, cause: expect.any(TypeError) }
    await expect.poll(() => client.state(), patiently).toMatchObject({ name: 'enrolling', error: tells })
    expect(await whyNot(client)).toMatchObject(tells)
    expect(await whyNot(client)).toMatchObject(tells)
    expect(client.state().name).toBe('enrolling')
    expect(printed.mock.calls).toEqual([['Backscroll:', expect.objectContaining(tells)]])
  }, 60_000)

  it('where the token does not count: it stops, for a device that was in before as well', async () => {
    silence()
    const store = createMemoryStore()
    const first = await start('bob', { store })
    await first.whenLive()
    await first.close()
    for (const known of [store, createMemoryStore()]) {
      const client = await start('bob', { store: known, token: async () => 'no token' })
      const why = { code: 'stopped', details: { reason: 'unauthenticated' }, cause: { code: 'unauthenticated' } }
      expect(await whyNot(client)).toMatchObject(why)
      expect(client.state()).toMatchObject({ name: 'stopped', reason: 'unauthenticated', error: why.cause })
      expect(await whyNot(client)).toMatchObject(why)
    }
  })

  it('where the token is for another device or user: it names both, instead of what the server makes of that', async () => {
    silence()
    const store = createMemoryStore()
    const first = await start('cleo', { store })
    await first.whenLive()
    await first.close()
    const wrong = [
      ['cleo', 'cleo', 'tablet', store],
      ['cleo', 'mallory', 'phone', store],
      ['gina', 'gina', 'tablet', createMemoryStore()],
    ] as const
    for (const [me, user, device, known] of wrong) {
      const client = await start(me, { store: known, token: () => world.token(user, device) })
      const message = `The token is for ${user}/${device}, and this client is ${me}/phone`
      expect(await whyNot(client)).toMatchObject({ code: 'stopped', cause: { code: 'wrong_token', message } })
      expect(client.state()).toMatchObject({ name: 'stopped', reason: 'wrong_token' })
      await client.close()
    }
  })

  it('where the application has no token to give: it tells what that has thrown', async () => {
    silence()
    const thrown = new Error('the login is down')
    const client = await start('dora', { token: () => Promise.reject(thrown) })
    await expect.poll(() => client.state(), patiently).toMatchObject({ error: { code: 'internal', cause: thrown } })
    expect(await whyNot(client)).toMatchObject({ message: 'the login is down', cause: thrown })
  }, 60_000)

  it.each(['', 'chat.example.org', 'ws://chat.example.org', '/chat'])(
    'where `url` is %j: it is refused',
    async (url) => {
      await expect(open('emil', { url })).rejects.toMatchObject({ code: 'invalid', details: { field: 'url' } })
    },
  )

  it('hands errors to handlers and to nothing else, where there are some; one that throws is written, once', async () => {
    const printed = silence()
    const heard: string[] = []
    const client = await open('fay', { url: nowhere })
    client.on('error', ({ error }) => {
      heard.push(error.code)
      throw new Error('the handler is wrong')
    })
    client.start()
    await expect.poll(() => heard.length, patiently).toBeGreaterThan(1)
    await client.close()
    expect(new Set(heard)).toEqual(new Set(['unavailable']))
    const wrong = expect.objectContaining({ message: 'the handler is wrong' })
    expect(printed.mock.calls).toEqual([['Backscroll:', wrong]])
  })
})
