import { describe, expect, it } from 'vitest'
import type { UserCommand } from '../../../../src/domain/user/user-commands.ts'
import { decideUser } from '../../../../src/domain/user/user-decider.ts'
import { userFromSnapshot, userToSnapshot } from '../../../../src/domain/user/user-snapshot.ts'
import { evolveUser, initialUser, type UserState } from '../../../../src/domain/user/user-state.ts'

const said = { actor: null, at: 7 }
const ask = (conversationId: string, by: string): UserCommand => {
  return { type: 'NoteRequest', conversationId, kind: 'group', by, ...said }
}
const settle = (conversationId: string, outcome: 'accepted' | 'declined' | 'withdrawn'): UserCommand => {
  return { type: 'SettleRequest', conversationId, outcome, ...said }
}
const block = (userId: string): UserCommand => ({ type: 'BlockUser', userId, ...said })
const unblock = (userId: string): UserCommand => ({ type: 'UnblockUser', userId, ...said })
const want = (wish: object): UserCommand => ({ type: 'ChangeConsent', ...wish, ...said })

const after = (...commands: readonly UserCommand[]): UserState =>
  commands.reduce((state, command) => decideUser(state, command).reduce(evolveUser, state), initialUser())
const given = (...commands: readonly UserCommand[]) => ({
  when: (command: UserCommand) => decideUser(after(...commands), command).map(({ type, data }) => ({ type, ...data })),
})

describe('requests', () => {
  it('are noted once, and settled once', () => {
    const requested = { type: 'ConversationRequested', conversationId: 'c', kind: 'group', by: 'mallory' }
    expect(given().when(ask('c', 'mallory'))).toEqual([requested])
    expect(given(ask('c', 'mallory')).when(ask('c', 'mallory'))).toEqual([])
    expect(given(ask('c', 'mallory')).when(settle('c', 'accepted'))).toEqual([
      { type: 'RequestSettled', conversationId: 'c', outcome: 'accepted' },
    ])
    expect(given(ask('c', 'mallory'), settle('c', 'accepted')).when(settle('c', 'withdrawn'))).toEqual([])
    expect(given().when(settle('c', 'declined'))).toEqual([])
  })

  it('can be made again after they were settled', () => {
    expect(given(ask('c', 'mallory'), settle('c', 'declined')).when(ask('c', 'mallory'))).toHaveLength(1)
  })
})

describe('blocks', () => {
  it('decline what the blocked one has asked, and nothing else', () => {
    expect(given(ask('c', 'mallory'), ask('d', 'bob'), ask('e', 'mallory')).when(block('mallory'))).toEqual([
      { type: 'UserBlocked', userId: 'mallory' },
      { type: 'RequestSettled', conversationId: 'c', outcome: 'declined' },
      { type: 'RequestSettled', conversationId: 'e', outcome: 'declined' },
    ])
  })

  it('let nothing be heard of the blocked one until they are taken back', () => {
    expect(given(block('mallory')).when(ask('c', 'mallory'))).toEqual([])
    expect(given(block('mallory')).when(block('mallory'))).toEqual([])
    expect(given(block('mallory'), unblock('mallory')).when(ask('c', 'mallory'))).toHaveLength(1)
    expect(given().when(unblock('mallory'))).toEqual([])
  })
})

describe('who comes in without asking', () => {
  it('is told whole with each change, and not where nothing changes', () => {
    expect(given().when(want({ direct: 'known' }))).toEqual([{ type: 'ConsentChanged', direct: 'known' }])
    expect(given(want({ direct: 'known' })).when(want({ groups: 'nobody' }))).toEqual([
      { type: 'ConsentChanged', direct: 'known', groups: 'nobody' },
    ])
    expect(given(want({ direct: 'known' })).when(want({ direct: 'known' }))).toEqual([])
    expect(given().when(want({}))).toEqual([])
  })
})

it('nothing follows the erasure of a user', () => {
  const erased: UserCommand = { type: 'EraseUser', ...said }
  for (const command of [ask('c', 'bob'), block('bob'), want({ direct: 'nobody' })])
    expect(given(erased).when(command)).toEqual([])
})

it('what a user wants survives a snapshot', () => {
  const state = after(ask('c', 'bob'), block('mallory'), want({ groups: 'everyone' }))
  expect(userFromSnapshot(userToSnapshot(state))).toEqual(state)
})
