import { describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { eventually } from '../../support/client/client-world.ts'
import { useClientWorld } from '../../support/client/use-client-world.ts'

describe('presence in the SDK', () => {
  const world = useClientWorld({ BACKSCROLL_PRESENCE_TTL_MS: '1000', BACKSCROLL_MAX_WATCHED: '3' })
  let people = 0

  const start = async (user: string, device = 'phone'): Promise<BackscrollClient> => {
    const client = await world.client(user, device)
    client.start()
    await client.whenLive()
    return client
  }

  /** Two users who have talked with each other. */
  const friends = async () => {
    people += 1
    const [annId, bobId] = [`presence-ann-${people}`, `presence-bob-${people}`]
    const [ann, bob] = [await start(annId), await start(bobId)]
    const { conversationId } = await ann.send({ user: bobId }, { text: 'hello' })
    await bob.send(conversationId, { text: 'hello yourself' })
    return { ann, bob, annId, bobId }
  }

  const watch = (client: BackscrollClient, ...userIds: string[]) => {
    const view = client.presence.watch(userIds)
    const calls = { count: 0 }
    view.subscribe(() => {
      calls.count += 1
    })
    const isOnline = () => view.snapshot().presences[0]?.online
    return { view, calls, isOnline }
  }

  it('shows who is online or when they were last online, and sends the activity of this device', async () => {
    const { ann, bob, bobId } = await friends()
    const { view, isOnline } = watch(ann, bobId)
    await eventually(() => isOnline() === true, 'Bob online')
    expect(view.snapshot()).toEqual({
      presences: [{ userId: bobId, online: true, lastSeenAt: null }],
      isCurrent: true,
    })
    expect(await ann.presence.of(bobId)).toEqual({ userId: bobId, online: true, lastSeenAt: null })
    bob.presence.setActivity('away')
    await eventually(() => isOnline() === false, 'Bob away')
    expect(view.snapshot().presences[0]?.lastSeenAt).toBeGreaterThan(Date.now() - 180_000)
    bob.presence.setActivity('active')
    await eventually(() => isOnline() === true, 'Bob back')
  })

  it('continues after a restart of the server, and a device that is away stays away', async () => {
    const { ann, bob, annId, bobId } = await friends()
    const [ofAnn, ofBob] = [watch(ann, bobId), watch(bob, annId)]
    bob.presence.setActivity('away')
    await eventually(() => ofAnn.isOnline() === false && ofBob.isOnline() === true, 'Bob away, Ann online')
    await world.restart()
    await eventually(() => ofAnn.view.snapshot().isCurrent && ofBob.view.snapshot().isCurrent, 'both watching again')
    await eventually(() => ofBob.isOnline() === true, 'Ann online')
    expect(ofAnn.isOnline()).toBe(false)
    bob.presence.setActivity('active')
    await eventually(() => ofAnn.isOnline() === true, 'Bob back')
  })

  it('keeps the same snapshot while nothing changes, and stops watching with the last subscriber', async () => {
    const { ann, bobId } = await friends()
    const { view, isOnline, calls } = watch(ann, bobId)
    await eventually(() => isOnline() === true, 'Bob online')
    const [before, count] = [view.snapshot(), calls.count]
    const again = watch(ann, bobId)
    await eventually(() => again.isOnline() === true, 'Bob online, at once')
    expect([view.snapshot() === before, calls.count]).toEqual([true, count])
    for (const one of [view, again.view]) one.close()
  })

  it('users choose who sees them, and the choice works both ways', async () => {
    const { ann, bob, annId, bobId } = await friends()
    const [ofAnn, ofBob] = [watch(ann, bobId), watch(bob, annId)]
    await eventually(() => ofAnn.isOnline() === true && ofBob.isOnline() === true, 'both online')
    expect(await bob.presence.privacy()).toEqual({ online: 'contacts', lastSeen: 'contacts' })
    expect(await bob.presence.setPrivacy({ online: 'nobody' })).toEqual({ online: 'nobody', lastSeen: 'contacts' })
    await eventually(() => ofAnn.isOnline() === false && ofBob.isOnline() === false, 'both hidden')
    expect(ofAnn.view.snapshot().presences[0]?.lastSeenAt).toBeNull()
    await bob.presence.setPrivacy({ online: 'everyone' })
    await eventually(() => ofAnn.isOnline() === true && ofBob.isOnline() === true, 'both online again')
  })

  it('reports that too many users are watched, and watches them when there is room', async () => {
    const { ann, bobId } = await friends()
    const errors: string[] = []
    ann.on('error', ({ error }) => void errors.push(error.code))
    const others = watch(ann, 'nobody-1', 'nobody-2', 'nobody-3')
    await eventually(() => others.view.snapshot().isCurrent, 'three who are watched')
    const { isOnline } = watch(ann, bobId)
    await eventually(() => errors.includes('watch_limit'), 'the refusal')
    others.view.close()
    await eventually(() => isOnline() === true, 'Bob online')
  })
})
