import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { type ClientWorld, eventually, openClientWorld } from '../../../support/client/client-world.ts'

describe('What a command waits for', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_CLAIM_BURST: '1', BACKSCROLL_CLAIM_EVERY_MS: '8000' })
    await world.enrol('bob')
  })
  afterAll(() => world.close())

  const statesOf = (client: BackscrollClient) => client.pendingCommands().map(({ state }) => state.name)

  it('a connection, then nothing', async () => {
    const client = await world.client('ann', 'one')
    const seen: string[] = []
    client.on('pending_command', ({ command }) => void seen.push(command.state.name))
    const sending = client.send({ user: 'bob' }, { text: 'hello' })
    await eventually(() => statesOf(client).includes('waiting_for_connection'), 'the wait for a connection')
    client.start()
    await sending
    expect(client.pendingCommands()).toEqual([])
    expect([seen[0], seen.includes('waiting_for_commit'), seen.at(-1)]).toEqual([
      'waiting_for_connection',
      true,
      'sending',
    ])
  })

  it('a limit, until a time that it tells', async () => {
    const client = await world.client('cyd', 'one')
    const waits: number[] = []
    client.on('pending_command', ({ command: { state } }) => {
      if (state.name === 'waiting_for_limit') waits.push(state.retryAt - Date.now())
    })
    client.start()
    await client.whenLive()
    const made = Array.from({ length: 12 }, () => client.createGroup({ members: ['bob'] }).done)
    await eventually(() => statesOf(client).includes('waiting_for_limit'), 'the wait for the limit')
    await Promise.all(made)
    expect(waits.length).toBeGreaterThan(0)
    expect(waits.every((ms) => ms > -100 && ms < 60_000)).toBe(true)
  }, 120_000)

  it('an approval, on a device that is not the own yet', async () => {
    await world.enrol('dan')
    const client = await createClient({
      ...{ url: world.url(), userId: 'dan', deviceId: 'two', store: createMemoryStore() },
      token: () => world.token('dan', 'two'),
    })
    client.start()
    client.send({ user: 'bob' }, { text: 'hello' }).catch(() => {})
    await eventually(() => statesOf(client).includes('waiting_for_approval'), 'the wait for an approval')
    await client.close()
  })
})
