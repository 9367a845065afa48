import { afterAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { conversationEvents, eventually, record } from '../../../support/client/client-world.ts'
import { createOwnDevices } from '../../../support/client/own-devices.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

/** What an application has shown, at first or when it was told again. */
const shown = (log: readonly ClientEvent[]): readonly string[] =>
  log.flatMap((event) => {
    if (event.type !== 'message' && event.type !== 'recovered') return []
    const { content } = event.type === 'message' ? event : event.message
    return content?.type === 'text' ? [content.body.text] : []
  })
const shows = (log: readonly ClientEvent[], texts: readonly string[]) =>
  eventually(() => texts.every((text) => shown(log).includes(text)), texts.join())
const warnings = (log: readonly ClientEvent[]) => log.filter(({ type }) => type === 'warning')

describe('A device that has just been let in', () => {
  const world = useClientWorld()
  const { make, live, untilAsked, approve, close } = createOwnDevices(() => world)
  afterAll(close)

  const phone = async (user: string) => live(await make(user, 'phone'))
  const approved = async (by: BackscrollClient, user: string) => {
    const device = await make(user, 'laptop')
    const log = record(device)
    await approve(by, device)
    return { device, log }
  }

  it('shows what is sent to its user right after it is live, in a direct conversation and in a group of three', async () => {
    const [ann, bob, cid] = await Promise.all([phone('ann'), phone('bob'), phone('cid')])
    const { conversationId } = await bob.send({ user: 'ann' }, { text: 'hello' })
    const { conversationId: group, done } = cid.createGroup({ members: ['ann', 'bob'] })
    await done
    await cid.send(group, { text: 'hello all' })
    await bob.whenLive()
    const { log } = await approved(ann, 'ann')
    await Promise.all([
      bob.send(conversationId, { text: 'at once' }),
      bob.send(group, { text: 'at once to all' }),
      cid.send(group, { text: 'me too' }),
      ann.send(conversationId, { text: 'from the other device' }),
    ])
    await shows(log, ['at once', 'at once to all', 'me too', 'from the other device'])
    // What was said before comes from an archive alone.
    expect(shown(log)).not.toContain('hello')
    expect(warnings(log)).toEqual([])
  }, 90_000)

  it('shows them in each of several conversations, also when it came in by the recovery key', async () => {
    const dan = await phone('dan')
    const friends = await Promise.all(['eve', 'fay', 'gus', 'hal', 'ida'].map(phone))
    const conversations = await Promise.all(
      friends.map(async (friend) => (await friend.send({ user: 'dan' }, { text: 'hello' })).conversationId),
    )
    const laptop = await make('dan', 'laptop')
    const log = record(laptop)
    await untilAsked(laptop)
    await laptop.recover(await dan.createRecoveryKey())
    await laptop.whenLive()
    const texts = friends.map((_, n) => `at once ${n}`)
    await Promise.all(friends.map((friend, n) => friend.send(conversations[n] ?? '', { text: texts[n] ?? '' })))
    await shows(log, texts)
    expect(shown(log)).not.toContain('hello')
    expect(warnings(log)).toEqual([])
  }, 90_000)

  it('is told by a device that was away when it asked', async () => {
    const kim = await phone('kim')
    const store = createMemoryStore()
    const lou = await live(await make('lou', 'phone', { store }))
    const { conversationId } = await lou.send({ user: 'kim' }, { text: 'hello' })
    const { log } = await approved(kim, 'kim')
    await lou.send(conversationId, { text: 'and gone' })
    await lou.close()
    const unreadable = () => conversationEvents(log).filter((event) => event.unreadable !== undefined)
    await eventually(() => unreadable().length > 0, 'the message that it cannot read')
    expect(shown(log)).toEqual([])
    await live(await make('lou', 'phone', { store }))
    await shows(log, ['and gone'])
  }, 90_000)
})
