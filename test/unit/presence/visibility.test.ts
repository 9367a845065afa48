import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Audience } from '../../../src/ports/identity/account-records.ts'
import { createVisibility } from '../../../src/presence/visibility.ts'

interface Person {
  online: Audience
  lastSeen: Audience
  readonly blocked: Set<string>
}

const createWorld = (friends: ReadonlySet<string> = new Set()) => {
  const people = new Map<string, Person>()
  const reads: string[] = []
  const areFriends = (one: string, other: string) => friends.has([one, other].sort().join(' '))
  const visibility = createVisibility({
    records: {
      seenUsers: async (userIds) => {
        reads.push(`accounts ${userIds.join(' ')}`)
        return new Map(
          userIds.flatMap((userId) => {
            const person = people.get(userId)
            return person ? [[userId, { ...person, seenAt: null }]] : []
          }),
        )
      },
    },
    blockedBy: async (userId) => {
      reads.push(`blocks of ${userId}`)
      return new Set(people.get(userId)?.blocked)
    },
    contacts: async (userId, others) => {
      reads.push(`contacts of ${userId} among ${others.join(' ')}`)
      return new Set(others.filter((other) => areFriends(userId, other)))
    },
  })
  const person = (userId: string, online: Audience = 'everyone', lastSeen: Audience = 'everyone'): Person => {
    const made = { online, lastSeen, blocked: new Set<string>() }
    people.set(userId, made)
    return made
  }
  const sight = async (viewer: string, target: string) => (await visibility.of(viewer, [target])).get(target)
  return { people, person, reads, visibility, sight }
}

const all = { online: true, lastSeen: true }
const none = { online: false, lastSeen: false }

describe('visibility of presence', () => {
  it('contacts see a user whose audience is `contacts`, and strangers do not', async () => {
    const world = createWorld(new Set(['alice bob']))
    for (const name of ['alice', 'bob', 'carol']) world.person(name, 'contacts', 'contacts')
    expect(await world.sight('alice', 'bob')).toEqual(all)
    expect(await world.sight('carol', 'bob')).toEqual(none)
  })

  it('a user who hides from others does not see them either', async () => {
    const world = createWorld()
    world.person('alice', 'nobody')
    world.person('bob')
    expect(await world.sight('bob', 'alice')).toEqual(none)
    expect(await world.sight('alice', 'bob')).toEqual(none)
  })

  it('the last-seen time is shown only to users who also see who is online, and works both ways', async () => {
    const world = createWorld()
    world.person('alice', 'everyone', 'nobody')
    world.person('bob')
    world.person('carol', 'contacts', 'everyone')
    expect(await world.sight('bob', 'alice')).toEqual({ online: true, lastSeen: false })
    expect(await world.sight('alice', 'bob')).toEqual({ online: true, lastSeen: false })
    expect(await world.sight('bob', 'carol')).toEqual(none)
  })

  it('a block hides both from each other', async () => {
    const world = createWorld(new Set(['alice bob']))
    world.person('alice').blocked.add('bob')
    world.person('bob')
    expect(await world.sight('bob', 'alice')).toEqual(none)
    expect(await world.sight('alice', 'bob')).toEqual(none)
  })

  it('users always see themselves', async () => {
    const world = createWorld()
    world.person('alice', 'nobody', 'nobody')
    expect(await world.sight('alice', 'alice')).toEqual(all)
  })

  it('the same reads are made for unknown, hidden, blocking and visible users', async () => {
    const readsFor = async (target: (world: ReturnType<typeof createWorld>) => void) => {
      const world = createWorld()
      world.person('alice')
      target(world)
      await world.sight('alice', 'bob')
      return world.reads
    }
    const unknown = await readsFor(() => {})
    expect(unknown).toHaveLength(4)
    expect(await readsFor(({ person }) => void person('bob'))).toEqual(unknown)
    expect(await readsFor(({ person }) => void person('bob', 'nobody'))).toEqual(unknown)
    expect(await readsFor(({ person }) => void person('bob').blocked.add('alice'))).toEqual(unknown)
  })

  it('only forgotten users are read again', async () => {
    const world = createWorld()
    world.person('alice')
    const bob = world.person('bob')
    await world.sight('alice', 'bob')
    bob.online = 'nobody'
    expect(await world.sight('alice', 'bob')).toEqual(all)
    world.reads.length = 0
    world.visibility.forget('bob')
    expect(await world.sight('alice', 'bob')).toEqual(none)
    expect(world.reads).toEqual(['accounts bob', 'blocks of bob'])
  })

  it('a failed read is repeated', async () => {
    let isAway = true
    const visibility = createVisibility({
      records: { seenUsers: async () => new Map() },
      blockedBy: async () => {
        if (isAway) throw new Error('away')
        return new Set()
      },
      contacts: async () => new Set(),
    })
    await expect(visibility.of('alice', ['bob'])).rejects.toThrow('away')
    isAway = false
    expect((await visibility.of('alice', ['bob'])).get('bob')).toEqual(none)
  })

  it('is symmetric for all settings', async () => {
    const audience = fc.constantFrom<Audience>('everyone', 'contacts', 'nobody')
    const wishes = fc.record({ online: audience, lastSeen: audience, blocks: fc.boolean() })
    const property = fc.asyncProperty(wishes, wishes, fc.boolean(), async (a, b, areFriends) => {
      const world = createWorld(new Set(areFriends ? ['alice bob'] : []))
      const alice = world.person('alice', a.online, a.lastSeen)
      const bob = world.person('bob', b.online, b.lastSeen)
      if (a.blocks) alice.blocked.add('bob')
      if (b.blocks) bob.blocked.add('alice')
      const [one, other] = [await world.sight('alice', 'bob'), await world.sight('bob', 'alice')]
      expect(one).toEqual(other)
      if (one?.lastSeen) expect(one.online).toBe(true)
      if (a.blocks || b.blocks || a.online === 'nobody') expect(one).toEqual(none)
    })
    await fc.assert(property)
  })
})
