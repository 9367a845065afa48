import { describe, expect, it } from 'vitest'
import { decideMarks } from '../../../../src/domain/user/decide-marks.ts'
import { mostMarked } from '../../../../src/domain/user/marks.ts'
import type { MarkChange } from '../../../../src/domain/user/user-events.ts'
import { userFromSnapshot, userToSnapshot } from '../../../../src/domain/user/user-snapshot.ts'
import { evolveUser, initialUser, type UserState } from '../../../../src/domain/user/user-state.ts'

type Step = readonly [conversationId: string, change: MarkChange]

const decide = (state: UserState, [conversationId, change]: Step) =>
  decideMarks(state, { type: 'MarkConversation', actor: null, at: 100, conversationId, change, maxPins: 2 })

const marked = (steps: readonly Step[]): UserState =>
  steps.reduce((state, step) => {
    const decision = decide(state, step)
    if (decision.kind !== 'accepted') throw new Error(`${step[0]} was not accepted`)
    return decision.events.reduce(evolveUser, state)
  }, initialUser())

const given = (...steps: readonly Step[]) => ({
  when: (...step: Step) => {
    const decision = decide(marked(steps), step)
    return decision.kind === 'accepted' ? decision.events.map(({ data }) => data) : decision
  },
})
const refusedAt = (limit: number) => ({ kind: 'rejected', rejection: { code: 'mark_limit', details: { limit } } })

describe('marks of a conversation', () => {
  it('change as asked, and only the marks that are named', () => {
    expect(given().when('c', { mutedUntil: 'forever', pinned: true })).toEqual([
      { conversationId: 'c', mutedUntil: 'forever', pinned: true },
    ])
    const state = marked([
      ['c', { mutedUntil: 200, pinned: true }],
      ['c', { archivedUpTo: 7, unread: true }],
      ['c', { pinned: false }],
    ])
    expect([...state.marks]).toEqual([['c', { mutedUntil: 200, archivedUpTo: 7, unread: true }]])
  })

  it('make no event where nothing changes', () => {
    expect(given(['c', { pinned: true }]).when('c', { pinned: true })).toEqual([])
    expect(given().when('c', { mutedUntil: null, pinned: false, archivedUpTo: null, unread: false })).toEqual([])
    expect(given().when('c', {})).toEqual([])
  })

  it('are forgotten when the last one is taken back', () => {
    expect(
      marked([
        ['c', { archivedUpTo: 0 }],
        ['c', { archivedUpTo: null }],
      ]).marks.size,
    ).toBe(0)
  })

  it('take a mute that has ended already for none', () => {
    expect(given().when('c', { mutedUntil: 100 })).toEqual([])
    expect(given(['c', { mutedUntil: 200 }]).when('c', { mutedUntil: 99 })).toEqual([
      { conversationId: 'c', mutedUntil: null },
    ])
  })

  it('allow only so many pins, and one more after one was taken back', () => {
    const pin = { pinned: true }
    const [a, b]: [Step, Step] = [
      ['a', pin],
      ['b', pin],
    ]
    expect(given(a, b).when('c', pin)).toMatchObject(refusedAt(2))
    expect(given(a, b).when('b', { unread: true, pinned: true })).toHaveLength(1)
    expect(given(a, b, ['a', { pinned: false }]).when('c', pin)).toHaveLength(1)
  })

  it('are on a limited number of conversations, whose marks can still change', () => {
    const many = Array.from({ length: mostMarked }, (_, index): Step => [`c${index}`, { unread: true }])
    expect(given(...many).when('another', { unread: true })).toMatchObject(refusedAt(mostMarked))
    expect(given(...many).when('c1', { archivedUpTo: 1 })).toHaveLength(1)
    expect(given(...many).when('another', { unread: false })).toEqual([])
  })

  it('survive a snapshot, and end with the account', () => {
    const state = marked([['c', { mutedUntil: 'forever', pinned: true, archivedUpTo: 3, unread: true }]])
    expect(userFromSnapshot(userToSnapshot(state))).toEqual(state)
    evolveUser(state, { type: 'UserErased', at: 101, actor: null, data: {} })
    expect(state.marks.size).toBe(0)
    expect(decide(state, ['c', { pinned: true }])).toEqual({ kind: 'accepted', events: [] })
  })
})
