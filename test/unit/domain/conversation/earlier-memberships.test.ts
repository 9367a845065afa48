import { describe, expect, it } from 'vitest'
import {
  type EarlierMemberships,
  noteMembership,
  rememberedMemberships,
  wasMemberAt,
} from '../../../../src/domain/conversation/members/earlier-memberships.ts'

describe('Earlier memberships', () => {
  it('show what is between joining and leaving, in each of them', () => {
    const earlier: EarlierMemberships = new Map()
    noteMembership(earlier, 'ann', [2, 5])
    noteMembership(earlier, 'ann', [8, 10])
    const shown = Array.from({ length: 12 }, (_, revision) => revision).filter((at) => wasMemberAt(earlier, 'ann', at))
    expect(shown).toEqual([3, 4, 9])
    expect(wasMemberAt(earlier, 'bob', 3)).toBe(false)
  })

  it('are bounded: somebody who comes and goes without end loses the oldest ones, and nobody else any', () => {
    const earlier: EarlierMemberships = new Map()
    noteMembership(earlier, 'bob', [0, 2])
    for (let at = 10; at < 10_000; at += 3) noteMembership(earlier, 'ann', [at, at + 2])
    expect(earlier.get('ann')).toHaveLength(rememberedMemberships.ofUser)
    expect([wasMemberAt(earlier, 'bob', 1), wasMemberAt(earlier, 'ann', 11)]).toEqual([true, false])
    expect(wasMemberAt(earlier, 'ann', 9_998)).toBe(true)
  })

  it('are forgotten of whoever left first when very many have left', () => {
    const earlier: EarlierMemberships = new Map()
    for (let n = 0; n <= rememberedMemberships.users; n += 1) noteMembership(earlier, `user-${n}`, [n, n + 2])
    expect(earlier.size).toBe(rememberedMemberships.users)
    expect([earlier.has('user-0'), earlier.has('user-1')]).toEqual([false, true])
  })
})
