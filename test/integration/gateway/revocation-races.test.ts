import { setTimeout as sleep } from 'node:timers/promises'
import { closeCodes } from '@backscroll/protocol/close-codes'
import { ProtocolError } from '@backscroll/protocol/errors'
import { describe, expect, it } from 'vitest'
import type { AccessJudge, TokenVerifier } from '../../../src/ports/identity/access.ts'
import { openClient, type TestClient } from '../../support/gateway/client.ts'
import { createWorld } from '../../support/gateway/world.ts'

/** Accounts reduced to who is revoked, read with delays of their own at both ends, as a database over a network. */
const createAccounts = (random: () => number) => {
  const revoked = new Set<string>()
  const outdated = new Set<string>()
  let reads = 0
  let away = false
  const read = async <Value>(take: () => Value): Promise<Value> => {
    reads += 1
    await sleep(random() * 6)
    if (away) throw new Error('the store is away')
    const value = take()
    await sleep(random() * 6)
    return value
  }
  const judge: AccessJudge['judge'] = (accesses) =>
    read(() =>
      accesses.map(({ userId }) => (revoked.has(userId) ? 'revoked' : outdated.has(userId) ? 'outdated' : 'stands')),
    )
  const guarded = (verifier: TokenVerifier): TokenVerifier => ({
    verify: async (token) => {
      const access = await verifier.verify(token)
      if (await read(() => revoked.has(access.userId))) throw new ProtocolError('unauthenticated')
      return access
    },
  })
  return {
    revoked,
    outdated,
    judge,
    guarded,
    reads: () => reads,
    fail: (is: boolean): void => {
      away = is
    },
  }
}

const hello = { type: 'connect', id: 1, deviceId: 'phone', client: { name: 't', version: '1', platform: 'node' } }

const seededRandom = (seed: number) => () => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296
  return seed / 4_294_967_296
}

const open = async (random: () => number, config = {}) => {
  const accounts = createAccounts(random)
  const world = await createWorld(config, ({ verifier }) => ({
    verifier: accounts.guarded(verifier),
    judge: accounts.judge,
  }))
  return { accounts, world }
}

const closedWith = async (client: TestClient, withinMs = 2_000): Promise<number | undefined> => {
  const until = performance.now() + withinMs
  while (client.closeCode() === undefined && performance.now() < until) await sleep(2)
  return client.closeCode()
}

describe('a revocation', () => {
  it('at any moment of a handshake closes the socket or refuses it, by order and not by time [T2]', async () => {
    const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 1e9))
    const random = seededRandom(seed)
    // No round of its own comes to the rescue.
    const { accounts, world } = await open(random, { standingEveryMs: 3_600_000 })
    const attempt = async (user: string): Promise<string> => {
      const client = openClient(world.url, { user }).then(
        async (one) => {
          one.send(hello)
          return String(await closedWith(one))
        },
        () => 'refused',
      )
      await sleep(random() * 24)
      accounts.revoked.add(user)
      world.gateway.revoke(user, 'revoked')
      return client
    }
    for (let round = 0; round < 12; round += 1) {
      const users = Array.from({ length: 12 }, (_, n) => `user${round}x${n}`)
      const ends = await Promise.all(users.map(attempt))
      expect(
        ends.filter((end) => end !== 'refused' && end !== String(closeCodes.revoked)),
        `seed ${seed}`,
      ).toEqual([])
    }
    await world.close()
  }, 60_000)

  it('before the standing was read lets no frame be heard', async () => {
    const accounts = createAccounts(() => 0.9)
    const world = await createWorld({ standingEveryMs: 3_600_000 }, ({ verifier }) => ({
      verifier: {
        verify: async (token) => {
          const access = await verifier.verify(token)
          // A search for the user's sockets finds none now.
          accounts.revoked.add(access.userId)
          world.gateway.revoke(access.userId, 'revoked')
          return access
        },
      },
      judge: accounts.judge,
    }))
    const client = await openClient(world.url, { user: 'late' })
    client.send(hello)
    expect(await closedWith(client)).toBe(closeCodes.revoked)
    // The socket says its challenge by itself; nothing is answered.
    expect(client.frames.map(({ type }) => type)).toEqual(['challenge'])
    await world.close()
  })

  it('of which nothing was told closes the socket within two rounds, in batches spread over the round', async () => {
    const { accounts, world } = await open(() => 0, { standingEveryMs: 400, standingBatch: 5 })
    const users = Array.from({ length: 40 }, (_, n) => `user${n}`)
    const clients = await Promise.all(users.map((user) => openClient(world.url, { user })))
    for (const client of clients) await client.connect()
    const before = accounts.reads()
    accounts.revoked.add('user7')
    accounts.outdated.add('user9')
    expect(await closedWith(clients[7] as TestClient, 800)).toBe(closeCodes.revoked)
    expect(await closedWith(clients[9] as TestClient, 800)).toBe(closeCodes.token_expired)
    await sleep(800)
    // Eight batches a round, and no more than four rounds have begun.
    expect(accounts.reads() - before).toBeLessThanOrEqual(32)
    expect(clients.filter((client) => client.closeCode() !== undefined)).toHaveLength(2)
    await world.close()
  })

  it('is found when the store is back: until then open sockets stay, and new ones are not heard', async () => {
    const { accounts, world } = await open(() => 0, { standingEveryMs: 100, standingRetryMs: 50 })
    const [ann, bob] = [await openClient(world.url, { user: 'ann' }), await openClient(world.url, { user: 'bob' })]
    await Promise.all([ann.connect(), bob.connect()])
    accounts.fail(true)
    accounts.revoked.add('bob')
    world.gateway.recheckAccess('bob')
    await sleep(300)
    expect([ann.closeCode(), bob.closeCode()]).toEqual([undefined, undefined])
    accounts.fail(false)
    expect(await closedWith(bob, 1_000)).toBe(closeCodes.revoked)
    expect(ann.closeCode()).toBeUndefined()
    await world.close()
  })
})
