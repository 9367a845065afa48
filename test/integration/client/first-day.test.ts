import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { ClientEvent, Signal } from '../../../packages/client/src/events/client-events.ts'
import { type ClientWorld, openClientWorld, record } from '../../support/client/client-world.ts'

/** What people do on their first day, with the settings as they are when nobody has set any. See docs/configuration.md. */
describe('The first day, with default settings', () => {
  let world: ClientWorld
  const people = Array.from({ length: 100 }, (_, n) => `person${n}`)
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_GROUPS_FROM: '' })
    // Ten at a time, as an office begins.
    for (let n = 0; n < people.length; n += 10)
      await Promise.all(people.slice(n, n + 10).map((user) => world.enrol(user)))
  }, 240_000)
  afterAll(() => world.close())

  const open = async (user: string) => {
    const client = await world.client(user, 'one')
    const log = record(client)
    const waits: Signal[] = []
    client.on('pending_command', (told) => waits.push(told))
    client.start()
    await client.whenLive()
    return { client, log, waits }
  }
  const failures = (log: readonly ClientEvent[]) => log.filter(({ type }) => type === 'failed')
  const limited = (waits: readonly Signal[]) =>
    waits.filter((one) => one.type === 'pending_command' && one.command.state.name === 'waiting_for_limit')
  const expectNoLimit = async ({ client, log, waits }: Awaited<ReturnType<typeof open>>) => {
    expect([failures(log), limited(waits), client.pendingCommands()]).toEqual([[], [], []])
    await client.close()
  }
  const sendToAll = (client: BackscrollClient, users: readonly string[]) =>
    Promise.all(users.map((user) => client.send({ user }, { text: 'hello' })))

  it('somebody adds fifty contacts to a group, twenty more one by one, and writes to fifty', async () => {
    const one = await open('newcomer')
    const { conversationId: id, done } = one.client.createGroup({ members: people.slice(0, 1) })
    await done
    const { users } = await one.client.addMembers(id, people.slice(1, 51))
    expect(new Set(Object.values(users))).toEqual(new Set(['added']))
    for (const user of people.slice(51, 71)) await one.client.addMembers(id, [user])
    await one.client.send(id, { text: 'welcome' })
    await sendToAll(one.client, people.slice(0, 50))
    await expectNoLimit(one)
  }, 240_000)

  it('somebody makes five groups of the same twenty people', async () => {
    const one = await open('organiser')
    for (let n = 0; n < 5; n += 1) {
      const { conversationId: id, done } = one.client.createGroup({ members: people.slice(0, 20) })
      expect(new Set(Object.values((await done).users))).toEqual(new Set(['added']))
      await one.client.send(id, { text: 'welcome' })
    }
    await expectNoLimit(one)
  }, 240_000)

  it('a bot writes to a hundred people', async () => {
    const one = await open('bot')
    await sendToAll(one.client, people)
    await expectNoLimit(one)
  }, 240_000)

  it('twenty projects of the same two people: beyond the one-time packages the last-resort ones serve', async () => {
    const one = await open('manager')
    for (let n = 0; n < 20; n += 1) await one.client.createGroup({ members: people.slice(0, 2) }).done
    await expectNoLimit(one)
  }, 240_000)
})
