import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import type { AccessTokens } from '../../../packages/client/src/sign-in/access-tokens.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { createFileStore } from '../../../packages/client/src/stores/file/file-store.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../support/client/client-world.ts'

describe('Signing out', () => {
  let world: ClientWorld
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backscroll-sign-out-'))
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(async () => {
    await world.close()
    await rm(directory, { recursive: true })
  })

  const live = async (user: string, device: string, options: Parameters<ClientWorld['client']>[2] = {}) => {
    const client = await world.client(user, device, options)
    client.start()
    await client.whenLive()
    return client
  }
  /** Counts how often the sign-in was ended. */
  const tokensOf = (user: string, device: string): AccessTokens & { ended: number } => {
    const tokens = {
      ended: 0,
      token: () => world.token(user, device),
      signOut: async () => {
        tokens.ended += 1
        return undefined
      },
    }
    return tokens
  }
  const recordsIn = async (store: ClientStore) => {
    const records = await store.load()
    await store.close()
    return records.size
  }

  it('takes the device out of the account and its groups, ends the sign-in, and erases the store', async () => {
    const bob = await live('bob', 'phone')
    const [path, tokens] = [join(directory, 'ann'), tokensOf('ann', 'laptop')]
    const phone = await live('ann', 'phone')
    const laptop = await live('ann', 'laptop', { store: createFileStore(path), token: tokens })
    const theirs = record(bob)
    const { conversationId } = await laptop.send({ user: 'bob' }, { text: 'hello' })
    const states: string[] = []
    laptop.on('state', ({ state }) => states.push(state.name === 'stopped' ? state.reason : state.name))

    expect(await laptop.signOut()).toBeUndefined()
    expect(states[0]).toBe('signed_out')
    expect(laptop.state()).toMatchObject({ name: 'stopped', reason: 'signed_out' })
    await expect(laptop.send(conversationId, { text: 'ghost' })).rejects.toMatchObject({ code: 'stopped' })
    expect(tokens.ended).toBe(1)
    expect((await readdir(directory)).filter((file) => file.startsWith('ann'))).toEqual(['ann-lock'])
    expect((await phone.devices()).map(({ deviceId }) => deviceId)).toEqual(['phone'])

    const removed = () =>
      conversationEvents(theirs).some(({ event }) =>
        JSON.stringify('removed' in event.data ? event.data.removed : '').includes('laptop'),
      )
    await bob.send(conversationId, { text: 'without the laptop' })
    await eventually(removed, 'the commit that removes it')
  })

  it('of the device with the identity key leaves the other devices of the user as they are', async () => {
    const first = await live('cyd', 'phone')
    const second = await live('cyd', 'tablet')
    expect(await first.signOut()).toBeUndefined()
    await second.send({ user: 'bob' }, { text: 'still here' })
    expect((await second.devices()).map(({ deviceId }) => deviceId)).toEqual(['tablet'])
  })

  it('without a server erases the data all the same, and says that the server was not told', async () => {
    const [store, tokens] = [createMemoryStore(), tokensOf('dan', 'phone')]
    let away = false
    const send: typeof fetch = async (...given) => {
      if (away) throw new TypeError('no network')
      return fetch(...given)
    }
    const client = await live('dan', 'phone', { store, token: tokens, fetch: send })
    away = true
    expect(await client.signOut()).toMatchObject({ code: 'unavailable' })
    expect(await recordsIn(store)).toBe(0)
    expect(tokens.ended).toBe(1)
  })

  it('that was cut off at any point is finished by the next start, which says so', async () => {
    for (const user of ['eve', 'fay']) {
      const [store, tokens] = [createMemoryStore(), tokensOf(user, 'phone')]
      let silent = false
      const told = Promise.withResolvers<void>()
      // Eve's server never hears of it; Fay's does, and the answer is lost.
      const send: typeof fetch = async (...given) => {
        if (!silent) return fetch(...given)
        if (user === 'fay') await fetch(...given)
        told.resolve()
        return new Promise<never>(() => {})
      }
      const phone = await live(user, 'phone', { store, token: tokens, fetch: send })
      silent = true
      void phone.signOut()
      await told.promise
      // The process is gone: another one begins with what is stored.
      const next = { url: world.url(), userId: user, deviceId: 'phone', store, token: tokens }
      await expect(createClient(next)).rejects.toMatchObject({ code: 'signed_out' })
      expect(await recordsIn(store)).toBe(0)
      expect(tokens.ended).toBe(1)
      const other = await world.client(user, 'tablet')
      other.on('approval_needed', () => {})
      other.start()
      await eventually(() => other.state().name === 'awaiting_approval', 'the device waits')
      expect((await other.devices()).filter(({ signatureKey }) => signatureKey !== null)).toEqual([])
    }
  })

  it('with `keepData` ends the sign-in alone: the same device signs in again, and goes on', async () => {
    const [store, tokens] = [createMemoryStore(), tokensOf('gus', 'phone')]
    const client = await live('gus', 'phone', { store, token: tokens })
    const { conversationId } = await client.send({ user: 'bob' }, { text: 'before' })
    expect(await client.signOut({ keepData: true })).toBeUndefined()
    expect(client.state()).toMatchObject({ name: 'stopped', reason: 'signed_out' })
    expect(tokens.ended).toBe(1)
    client.start()
    await client.whenLive()
    await client.send(conversationId, { text: 'after' })
    expect((await client.devices()).map(({ deviceId }) => deviceId)).toEqual(['phone'])
  })
})
