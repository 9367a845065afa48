import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClientWorld,
  eventually,
  messageTexts,
  openClientWorld,
  record,
} from '../../support/client/client-world.ts'
import { callerOf } from '../../support/server/rest.ts'

describe('People find each other', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_LOOKUPS_PER_HOUR: '8' })
  })
  afterAll(() => world.close())

  /** Somebody who has registered, with one live device. */
  const person = async (login: string) => {
    const account = { login, password: 'correct horse battery' }
    const registered = await callerOf(world.url(), '')('POST', '/accounts', account)
    const { userId } = registered.json as { userId: string }
    const client = await world.client(userId, 'phone')
    const log = record(client)
    client.start()
    await client.whenLive()
    return { userId, client, log }
  }

  it('by the login name, and write to whom they found', async () => {
    const [alice, bob] = [await person('alice@example.org'), await person('bob@example.org')]
    const found = await alice.client.people.find('Bob@Example.org')
    expect(found).toBe(bob.userId)
    await alice.client.send({ user: found ?? '' }, { text: 'found you' })
    await eventually(() => messageTexts(bob.log).includes('found you'), 'the message')
  })

  it('unless they do not want to be found, which looks as if they were not there', async () => {
    const [carol, dave] = [await person('carol@example.org'), await person('dave@example.org')]
    expect(await dave.client.people.isFindable()).toBe(true)
    await dave.client.people.setFindable(false)
    expect(await dave.client.people.isFindable()).toBe(false)
    expect(await carol.client.people.find('dave@example.org')).toBeUndefined()
    expect(await carol.client.people.find('nobody@example.org')).toBeUndefined()
    await dave.client.people.setFindable(true)
    await dave.client.block(carol.userId)
    expect(await carol.client.people.find('dave@example.org')).toBeUndefined()
    await dave.client.unblock(carol.userId)
    expect(await carol.client.people.find('dave@example.org')).toBe(dave.userId)
  })

  it('a few times an hour: then the search says at once when it is worth another try', async () => {
    const { client } = await person('erin@example.org')
    for (let number = 0; number < 8; number += 1) await client.people.find(`guess-${number}`)
    const began = performance.now()
    const refused = await client.people.find('alice@example.org').catch((error) => error)
    expect(refused).toMatchObject({ code: 'rate_limited', temporary: true })
    expect(refused.retryAfterMs).toBeGreaterThan(60_000)
    expect(performance.now() - began).toBeLessThan(30_000)
  })
})
