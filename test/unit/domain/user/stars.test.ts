import { describe, expect, it } from 'vitest'
import { decideStars } from '../../../../src/domain/user/decide-stars.ts'
import { userFromSnapshot, userToSnapshot } from '../../../../src/domain/user/user-snapshot.ts'
import { evolveUser, initialUser, type UserState } from '../../../../src/domain/user/user-state.ts'

const said = { actor: null, at: 100, conversationId: 'c' }
const star = (messageId: string) => ({ type: 'StarMessage', ...said, messageId, seq: 5, maxStars: 2 }) as const
const unstar = (messageId: string) => ({ type: 'UnstarMessage', ...said, messageId }) as const
type Command = ReturnType<typeof star> | ReturnType<typeof unstar>

const stateAfter = (...commands: readonly Command[]): UserState =>
  commands.reduce((state, command) => {
    const decision = decideStars(state, command)
    return decision.kind === 'accepted' ? decision.events.reduce(evolveUser, state) : state
  }, initialUser())
const given = (...commands: readonly Command[]) => ({
  when: (command: Command) => {
    const decision = decideStars(stateAfter(...commands), command)
    return decision.kind === 'accepted' ? decision.events.map(({ type, data }) => ({ type, ...data })) : decision
  },
})

describe('stars of messages', () => {
  it('are given once and taken back once', () => {
    const starred = { type: 'MessageStarred', conversationId: 'c', messageId: 'm', seq: 5 }
    expect(given().when(star('m'))).toEqual([starred])
    expect(given(star('m')).when(star('m'))).toEqual([])
    expect(given(star('m')).when(unstar('m'))).toEqual([
      { type: 'MessageUnstarred', conversationId: 'c', messageId: 'm' },
    ])
    expect(given(star('m'), unstar('m')).when(unstar('m'))).toEqual([])
    expect(given(star('m'), unstar('m')).when(star('m'))).toEqual([starred])
  })

  it('are limited in number, and one more fits after one was taken back', () => {
    const refused = { kind: 'rejected', rejection: { code: 'mark_limit', details: { limit: 2 } } }
    expect(given(star('a'), star('b')).when(star('c'))).toMatchObject(refused)
    expect(given(star('a'), star('b')).when(star('b'))).toEqual([])
    expect(given(star('a'), star('b'), unstar('a')).when(star('c'))).toHaveLength(1)
  })

  it('survive a snapshot, and end with the account', () => {
    const state = stateAfter(star('m'))
    expect(userFromSnapshot(userToSnapshot(state))).toEqual(state)
    evolveUser(state, { type: 'UserErased', at: 101, actor: null, data: {} })
    expect([state.stars.size, decideStars(state, star('m'))]).toEqual([0, { kind: 'accepted', events: [] }])
  })
})
