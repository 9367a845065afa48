import { expect, test } from 'vitest'
import type { Consent } from '../../../src/commands/create-user-commands.ts'
import { createWhoIsAsked } from '../../../src/consent/who-is-asked.ts'
import { createLimits } from '../../../src/identity/accounts/rate-limiter.ts'
import type { Bucket } from '../../../src/ports/rate-limits.ts'

const settings = {
  ...({ direct: 'everyone', groups: 'known' } as const),
  ...{ maxRequests: 200, maxRequestsOfOne: 25, requestsPerHour: 60 },
}

/** Bob has blocked some, and answers nobody. Buckets do not fill again. */
const world = (blocked: readonly string[], invited: readonly string[] = []) => {
  const used = new Map<string, number>()
  const requests = new Map<string, { kind: 'group'; by: string; at: number }>()
  const bob: Consent = {
    ...{ direct: 'known', groups: undefined, requests },
    blocked: new Map(blocked.map((userId) => [userId, 0])),
  }
  const take = async (buckets: readonly Bucket[]): Promise<number> => {
    const isFull = buckets.some(({ key, burst }) => (used.get(key) ?? 0) >= burst)
    if (!isFull) for (const { key } of buckets) used.set(key, (used.get(key) ?? 0) + 1)
    return isFull ? 1_000 : 0
  }
  const whoIsAsked = createWhoIsAsked({
    ...{ consent: async () => bob, known: async () => new Set<string>(), caughtUp: async () => undefined, settings },
    invitedBy: async (userId) => new Set(invited.includes(userId) ? ['bob'] : []),
    limits: createLimits({ take }, () => 0),
  })
  const ask = async (by: string): Promise<unknown> => {
    try {
      const answer = await whoIsAsked(by, 'group', ['bob'])
      if (answer.unheard.length === 0) requests.set(`${requests.size}`, { kind: 'group', by, at: 0 })
      return answer.asked
    } catch (error) {
      return error
    }
  }
  return { used, ask, askDirectly: async (by: string) => (await whoIsAsked(by, 'direct', ['bob'])).asked }
}

const asksOften = async (ask: (by: string) => Promise<unknown>, by: string): Promise<readonly unknown[]> => {
  const answers: unknown[] = []
  for (let n = 0; n < 30; n += 1) answers.push(await ask(by))
  return answers
}

test('a blocked one takes nothing from what others may ask', async () => {
  const { used, ask } = world(['mallory'])
  await asksOften(ask, 'mallory')
  expect([...used]).toEqual([['unheard requests of mallory to bob', 25]])
  expect(await ask('ann')).toEqual(['bob'])
})

test('thirty requests are answered to a blocked one as to one who is ignored', async () => {
  const [ignored, blocked] = [world([]), world(['mallory'])]
  const answers = await asksOften(ignored.ask, 'mallory')
  expect(await asksOften(blocked.ask, 'mallory')).toEqual(answers)
  expect(answers.slice(0, 25)).toEqual(Array.from({ length: 25 }, () => ['bob']))
  for (const refused of answers.slice(25)) expect(refused).toMatchObject({ code: 'request_limit' })
})

test('who comes by an invite may write without asking, unless blocked, and is asked for groups as before', async () => {
  const { ask, askDirectly } = world(['mallory'], ['ann', 'mallory'])
  expect([await askDirectly('ann'), await askDirectly('carol'), await askDirectly('mallory')]).toEqual([
    ...[[], ['bob'], ['bob']],
  ])
  expect(await ask('ann')).toEqual(['bob'])
})
