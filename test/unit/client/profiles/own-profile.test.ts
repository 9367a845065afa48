import { expect, it } from 'vitest'
import { createSetName } from '../../../../packages/client/src/profiles/own-profile.ts'
import { loadProfiles } from '../../../../packages/client/src/profiles/profile-book.ts'
import { steadyClock } from '../../../../packages/client/src/time/clock.ts'
import { createServerTime } from '../../../../packages/client/src/time/server-time.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const dayMs = 86_400_000

const open = (serverAhead: number) => {
  const date = createVirtualClock()
  const time = createServerTime({ date: date.now, steady: steadyClock(date) })
  time.told(date.now() + serverAhead)
  const profiles = loadProfiles(new Map(), 'me', () => {})
  const setName = createSetName({
    ...{ me: { userId: 'me' }, profiles, time },
    ...{ save: async () => {}, tell: () => {}, changed: () => {} },
  })
  return { setName, ahead: () => (profiles.own()?.number ?? 0) - date.now() }
}

it.each([
  [100 * 365 * dayMs, dayMs],
  [3_600_000, 3_600_000],
  [-3_600_000, -3_600_000],
])(
  'a name is numbered by the time of a server that is %i ms ahead, at most a day after the own date',
  async (by, expected) => {
    const { setName, ahead } = open(by)
    await setName('Ann')
    expect(ahead()).toBe(expected)
    await setName('Anna')
    expect(ahead()).toBe(expected + 1)
  },
)
