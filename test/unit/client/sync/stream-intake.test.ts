import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import { createStreamIntake } from '../../../../packages/client/src/sync/stream-intake.ts'
import type { Tracked } from '../../../../packages/client/src/sync/stream-tracker.ts'
import { judge, judgeAccount } from '../../../../packages/client/src/sync/stream-tracker.ts'

const event = (revision: number, type = 'MessageSent', data: WireEvent['data'] = {}): WireEvent => ({
  stream: { kind: 'conversation', id: 'c' },
  revision,
  position: String(revision),
  type,
  at: 0,
  actor: { userId: 'bob', deviceId: 'd' },
  data,
})
const adds = (revision: number, ...users: string[]) =>
  event(revision, 'MembersAdded', { members: users.map((userId) => ({ userId, role: 'member' })) })

const intake = (known?: Tracked) => {
  const passed: number[] = []
  const skipped: string[] = []
  let gaps = 0
  const under = createStreamIntake({
    judge: (tracked, one, source) => judge(tracked, one, source, 'ann'),
    streams: new Map(known === undefined ? [] : [['c', known]]),
    pass: ({ revision }) => passed.push(revision),
    onGap: () => {
      gaps += 1
    },
    onSkipped: (_id, after, before) => skipped.push(`${after}-${before}`),
  })
  return { under, passed, skipped, gaps: () => gaps }
}

describe('The intake of one conversation [C2] [C5]', () => {
  it('passes each revision once, in order', () => {
    const { under, passed } = intake({ last: 3, out: false })
    for (const revision of [3, 4, 4, 5, 2, 6]) under.offer(event(revision), 'live')
    expect(passed).toEqual([4, 5, 6])
  })

  it('holds what came too early, asks for a sync, and releases it behind what was missing', () => {
    const { under, passed, gaps } = intake({ last: 3, out: false })
    under.offer(event(6), 'live')
    under.offer(event(5), 'live')
    expect([passed, gaps(), under.waiting()]).toEqual([[], 2, true])
    under.offer(event(4), 'own')
    expect([passed, under.waiting()]).toEqual([[4, 5, 6], false])
  })

  it('begins an unknown conversation with the event that adds me, or with whatever a page has', () => {
    const live = intake()
    live.under.offer(event(7), 'live')
    live.under.offer(adds(9, 'zoe'), 'live')
    expect(live.passed).toEqual([])
    live.under.offer(adds(8, 'zoe', 'ann'), 'live')
    expect(live.passed).toEqual([8, 9])
    const page = intake()
    page.under.offer(event(5), 'page')
    expect([page.passed, page.skipped]).toEqual([[5], []])
  })

  it.each(['MemberLeft', 'MemberRemoved'])('after %s of me the next interval begins at any revision', (type) => {
    const { under, passed } = intake({ last: 3, out: false })
    under.offer(event(4, type, { userId: 'ann' }), 'live')
    under.offer(adds(20, 'ann'), 'live')
    under.offer(event(21), 'live')
    expect(passed).toEqual([4, 20, 21])
  })

  it('does not take my own return for the next event when my leaving is missing', () => {
    const { under, passed } = intake({ last: 3, out: false })
    under.offer(adds(20, 'ann'), 'live')
    expect(passed).toEqual([])
    under.offer(event(4, 'MemberLeft', { userId: 'ann' }), 'page')
    expect(passed).toEqual([4, 20])
  })

  it('trusts a page, but tells what it skipped without a reason', () => {
    const { under, passed, skipped } = intake({ last: 3, out: false })
    under.offer(event(8), 'page')
    expect([passed, skipped]).toEqual([[8], ['3-8']])
  })

  it('goes on without what cannot be had when it is told to', () => {
    const { under, passed, skipped } = intake({ last: 3, out: false })
    under.offer(event(6), 'live')
    under.offer(event(5), 'live')
    under.force()
    expect([passed, skipped, under.waiting()]).toEqual([[5, 6], ['3-5'], false])
  })

  it('holds a bounded number of events P7', () => {
    const { under, passed } = intake({ last: 0, out: false })
    for (let revision = 2; revision < 5_000; revision += 1) under.offer(event(revision), 'live')
    under.offer(event(1), 'page')
    expect(passed.length).toBeLessThan(600)
  })

  it('starts again from the revisions of a snapshot, also from lower ones', () => {
    const { under, passed } = intake({ last: 30, out: false })
    under.reset(new Map([['c', { last: 2, out: false }]]))
    under.offer(event(3), 'live')
    expect(passed).toEqual([3])
  })
})

describe("The user's own stream", () => {
  it('begins anywhere, goes on without holes, and holds back what came too early', () => {
    const passed: number[] = []
    let gaps = 0
    const intake = createStreamIntake({
      judge: judgeAccount,
      streams: new Map(),
      pass: ({ revision }) => passed.push(revision),
      onGap: () => {
        gaps += 1
      },
      onSkipped: () => {},
    })
    const offer = (revision: number, source: 'live' | 'page') => intake.offer(event(revision, 'DeviceAdded'), source)
    offer(4, 'live')
    offer(4, 'page')
    offer(7, 'live')
    expect([passed, gaps, intake.waiting()]).toEqual([[4], 1, true])
    offer(5, 'page')
    offer(6, 'page')
    expect([passed, intake.waiting()]).toEqual([[4, 5, 6, 7], false])
  })
})
