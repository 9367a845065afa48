import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rememberedDeletions } from '../../../src/domain/conversation/conversation-state.ts'
import {
  createSharedHistory,
  everythingRead,
  people,
  type SharedHistory,
  seeded,
} from '../../support/cluster/profile-history.ts'
import { openClusterProfile, openEmbeddedProfile, type Profile } from '../../support/cluster/profiles.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { idOf } from '../../support/projections/read-side.ts'

const mongodb = await engineUrl('mongodb')
const hour = 3_600_000

let clock: number
let profiles: readonly Profile[]
beforeEach(async () => {
  clock = 1_700_000_000_000
  const now = () => clock
  profiles = [await openEmbeddedProfile(now), await openClusterProfile(now, mongodb)]
}, 60_000)
afterEach(async () => {
  for (const profile of profiles) await profile.close()
})

const alike = (outcomes: readonly unknown[], what: string): void => {
  expect(outcomes[1], what).toEqual(outcomes[0])
}

const readAlike = async (history: SharedHistory, what: string) => {
  const ids = [1, 7, 40, 300].map((n) => idOf(1_000_000 + n))
  const [embedded, cluster] = await Promise.all(profiles.map((profile) => everythingRead(profile, history.id, ids)))
  for (const [name, seen] of Object.entries(embedded ?? {})) expect(cluster?.[name], `${what}: ${name}`).toEqual(seen)
}

const reply = 'reply'
const relations = [reply, 'edit', 'delete', 'reaction', 'reaction'] as const

/** One thing that somebody tries; most of it is about messages that were sent long ago. */
const step = (history: SharedHistory, pick: (below: number) => number): Promise<readonly object[]> => {
  const by = people[pick(people.length)] ?? 'ann'
  const kind = pick(100)
  if (kind < 20) return history.send(by)
  if (kind < 80) return history.send(pick(3) === 0 ? 'ann' : by, relations[pick(relations.length)])
  if (kind < 88) return history.acknowledge(by)
  if (kind < 91) return history.removeOrAdd((['bob', 'cid', 'dan'] as const)[pick(3)] ?? 'bob')
  if (kind < 94) return history.retain([null, 7_200, 36_000][pick(3)] ?? null)
  clock += pick(hour)
  return history.expire()
}

describe('embedded and cluster', { timeout: 300_000 }, () => {
  const seed = Number(process.env.BACKSCROLL_SEED ?? Math.floor(Math.random() * 2 ** 31))
  it('[M4] answer the same to one random history, and show the same, long after more deletions than anybody remembers', async () => {
    const pick = seeded(seed)
    const history = createSharedHistory(profiles, pick, 1)
    alike(await history.start(), 'start')
    const old = rememberedDeletions + 40
    for (let n = 0; n < old; n += 1) alike(await history.send(people[n % 4] ?? 'ann'), `message ${n}`)
    for (let n = 0; n < 20; n += 1) alike(await history.send('bob', 'reaction', n * 3), `reaction ${n}`)
    for (let n = 0; n < old - 10; n += 1) alike(await history.send('ann', 'delete', n), `deletion ${n}`)
    const seen = new Map<string, number>()
    for (let n = 0; n < 500; n += 1) {
      clock += pick(60_000)
      const outcomes = await step(history, pick)
      for (let at = 0; at < outcomes.length; at += 2)
        alike(outcomes.slice(at, at + 2), `BACKSCROLL_SEED=${seed}, step ${n}`)
      for (const { refused } of outcomes as readonly { readonly refused?: string }[])
        seen.set(refused ?? 'accepted', (seen.get(refused ?? 'accepted') ?? 0) + 1)
      if (n % 125 === 124) await readAlike(history, `BACKSCROLL_SEED=${seed}, after step ${n}`)
    }
    // Otherwise nothing was tried.
    for (const outcome of ['accepted', 'message_deleted'])
      expect(seen.get(outcome), `BACKSCROLL_SEED=${seed}: ${outcome}`).toBeGreaterThan(20)
  })

  it('[M4] refuse what refers to a deleted message, however long ago that was deleted, and to a reaction that went with it', async () => {
    const history = createSharedHistory(profiles, seeded(1), 1)
    await history.start()
    await history.send('ann')
    await history.send('bob', 'reaction', 0)
    await history.send('ann', 'delete', 0)
    for (let n = 0; n < rememberedDeletions + 5; n += 1) await history.send('ann')
    for (let n = 2; n < rememberedDeletions + 5; n += 1) await history.send('ann', 'delete', n)
    const gone = { refused: 'message_deleted', details: undefined }
    for (const [by, kind, which] of [
      ['bob', 'reply', 0],
      ['ann', 'edit', 0],
      ['bob', 'reaction', 0],
      ['ann', 'delete', 0],
      ['bob', 'delete', 1],
    ] as const)
      expect(await history.send(by, kind, which), `${kind} ${which}`).toEqual([gone, gone])
    const newest = await history.send('bob', 'reply', history.targets() - 1)
    expect(newest).toEqual([expect.objectContaining({ duplicate: false }), newest[0]])
  })
})
