import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionState } from '../../../../packages/client/src/connection/connection-state.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { type ClientWorld, eventually, openClientWorld, record } from '../../../support/client/client-world.ts'
import { createCuttableSockets } from '../../../support/network/cuttable-socket.ts'
import { callerOf } from '../../../support/server/rest.ts'

describe('a client says what is going on', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld()
  })
  afterAll(() => world.close())

  const open = async (user: string, device: string, options: Parameters<ClientWorld['client']>[2] = {}) => {
    const client = await world.client(user, device, options)
    const states: ConnectionState[] = []
    client.on('state', ({ state }) => void states.push(state))
    return { client, states, names: () => states.map(({ name }) => name) }
  }
  const live = async (...args: Parameters<typeof open>) => {
    const opened = await open(...args)
    opened.client.start()
    await opened.client.whenLive()
    return opened
  }
  const reasonOf = (state: ConnectionState) => ('reason' in state ? state.reason : undefined)

  /** A network that can be taken away. */
  const createNetwork = () => {
    const sockets = createCuttableSockets()
    let up = true
    const asked: typeof fetch = (...request) => (up ? fetch(...request) : Promise.reject(new TypeError('no network')))
    return {
      options: {
        fetch: asked,
        webSocket: ((url, protocols) => {
          if (!up) throw new Error('no network')
          return sockets.open(url, protocols)
        }) satisfies typeof sockets.open,
        random: () => 0.05,
      },
      set: (next: boolean) => {
        up = next
        if (!up) sockets.cut()
      },
    }
  }

  it('from the first start on: not started, enrolling, loading, connecting, live', async () => {
    const { client, states, names } = await open('ada', 'phone')
    expect(client.state()).toEqual({ name: 'stopped', reason: 'not_started' })
    client.start()
    expect(client.state()).toEqual({ name: 'enrolling' })
    await client.whenLive()
    expect(names()).toEqual(['enrolling', 'loading', 'connecting', 'resuming', 'live'])
    await client.close()
    expect(states.at(-1)).toEqual({ name: 'stopped', reason: 'closed' })
  })

  it('that it waits for an approval', async () => {
    await live('abe', 'phone')
    const { client, names } = await open('abe', 'laptop')
    client.start()
    await eventually(() => names().includes('awaiting_approval'), 'the wait')
    await client.whenLive()
  })

  it('that its device was revoked while it was away, once, and stops', async () => {
    const phone = await live('bea', 'phone')
    const network = createNetwork()
    const laptop = await live('bea', 'laptop', network.options)
    network.set(false)
    await eventually(() => reasonOf(laptop.client.state()) === 'disconnected', 'the wait for a network')
    await phone.client.revokeDevice('laptop')
    network.set(true)
    await eventually(() => laptop.client.state().name === 'stopped', 'the end')
    expect(laptop.client.state()).toEqual({ name: 'stopped', reason: 'revoked' })
    expect(laptop.names().filter((name) => name === 'stopped')).toHaveLength(1)
    // The next start hears it over REST.
    laptop.client.start()
    await eventually(() => laptop.client.state().name === 'stopped', 'the end of the second start')
    expect(laptop.client.state()).toMatchObject({ name: 'stopped', reason: 'revoked', error: { code: 'revoked' } })
  }, 30_000)

  /** Two devices, one of which changes the password: the other one is signed out. */
  const changePassword = async (login: string) => {
    const registered = await callerOf(world.url(), '')('POST', '/accounts', {
      login,
      password: 'correct horse battery',
    })
    const { userId } = registered.json as { userId: string }
    const phone = await live(userId, 'phone')
    let issued = await world.token(userId, 'laptop')
    const laptop = await live(userId, 'laptop', { token: async () => issued })
    const log = record(laptop.client)
    // Tokens say in whole seconds when they were issued.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const call = callerOf(world.url(), await world.token(userId, 'phone'), phone.client.prover())
    const body = { current: 'correct horse battery', next: 'another horse battery' }
    expect((await call('POST', '/me/password', body)).status).toBe(200)
    const signInAgain = async () => {
      issued = await world.token(userId, 'laptop')
    }
    return { laptop, log, signInAgain }
  }

  it('that the sign-in is over after a new password, not that its device is gone, and goes on after a new one', async () => {
    const { laptop, log, signInAgain } = await changePassword('cleo@example.org')
    await eventually(() => laptop.client.state().name === 'stopped', 'the end of the sign-in')
    expect(laptop.client.state()).toEqual({ name: 'stopped', reason: 'signed_out' })
    expect(log.filter((event) => event.type === 'account')).toEqual([])
    await signInAgain()
    laptop.client.start()
    await laptop.client.whenLive()
    const devices = (await laptop.client.devices()).map(({ deviceId }) => deviceId)
    expect(devices.sort()).toEqual(['laptop', 'phone'])
  }, 30_000)

  it('that another client runs as its device, and that its store was lost', async () => {
    const first = await live('dan', 'phone')
    const second = await open('dan', 'phone', { store: createMemoryStore() })
    second.client.start()
    await eventually(() => second.client.state().name === 'stopped', 'the end')
    expect(second.client.state()).toMatchObject({ name: 'stopped', reason: 'invalid_dpop_proof' })
    expect(first.client.state().name).toBe('live')
  })
})
