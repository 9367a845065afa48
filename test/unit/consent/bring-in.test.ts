import { ProtocolError } from '@backscroll/protocol/errors'
import { expect, test } from 'vitest'
import { createBringIn } from '../../../src/consent/bring-in.ts'
import type { Asked, WhoIsAsked } from '../../../src/consent/who-is-asked.ts'

const settings = { conversationsPerHour: 10, additionsPerHour: 10, addedPerHour: 10, maxMemberships: 10 }
const bringing = { by: 'ann', kind: 'group', begins: true, people: ['bob', 'cyd'], command: 'phone/id/1' } as const

const askedLast = async (_by: string, _kind: string, people: readonly string[]): Promise<Asked> => {
  return { asked: people.slice(1), unheard: [] }
}

const world = (full: ReadonlySet<string> = new Set(), whoIsAsked: WhoIsAsked = askedLast) => {
  const taken: string[] = []
  const bringIn = createBringIn({
    existing: async (userIds) => userIds.filter((userId) => userId !== 'nobody'),
    memberships: async (userId) => (full.has(userId) ? settings.maxMemberships : 0),
    whoIsAsked,
    limits: { take: async (...buckets) => void taken.push(...buckets.map(({ key, count = 1 }) => `${key} ${count}`)) },
    settings,
  })
  return { taken, bringIn }
}

test('counts the conversation, the people, and each of them, and says who is asked', async () => {
  const { taken, bringIn } = world()
  expect(await bringIn(bringing)).toEqual(['cyd'])
  expect(taken).toEqual(['conversations by ann 1', 'additions by ann 2', 'added bob 1', 'added cyd 1'])
})

test('counts a command once that comes again, and another one again', async () => {
  const { taken, bringIn } = world()
  const asked = await bringIn(bringing)
  expect(await bringIn(bringing)).toEqual(asked)
  expect(taken).toHaveLength(4)
  for (const other of [{ command: 'phone/id/2' }, { people: ['bob'] }, { by: 'dan' }]) {
    const before = taken.length
    await bringIn({ ...bringing, ...other })
    expect(taken.length).toBeGreaterThan(before)
  }
})

test('counts nothing of what is refused', async () => {
  const { taken, bringIn } = world(new Set(['cyd']))
  await expect(bringIn({ ...bringing, people: ['bob', 'nobody'] })).rejects.toMatchObject({
    code: 'unknown_user',
    details: { users: 'nobody', count: 1 },
  })
  await expect(bringIn(bringing)).rejects.toEqual(
    new ProtocolError('membership_limit', undefined, { details: { userId: 'cyd' } }),
  )
  expect(taken).toEqual([])
})

test('takes nothing from the limit of somebody whose requests are full', async () => {
  const full: WhoIsAsked = async () => {
    throw new ProtocolError('request_limit')
  }
  const { taken, bringIn } = world(new Set(), full)
  await expect(bringIn(bringing)).rejects.toMatchObject({ code: 'request_limit' })
  expect(taken).toEqual(['conversations by ann 1', 'additions by ann 2'])
})

test('takes nothing from the limit of somebody who has blocked who asks', async () => {
  const { taken, bringIn } = world(new Set(), async () => ({ asked: ['bob', 'cyd'], unheard: ['cyd'] }))
  expect(await bringIn(bringing)).toEqual(['bob', 'cyd'])
  expect(taken).toEqual(['conversations by ann 1', 'additions by ann 2', 'added bob 1'])
})
