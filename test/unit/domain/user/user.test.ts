import { describe, expect, it } from 'vitest'
import type { UserCommand } from '../../../../src/domain/user/user-commands.ts'
import { decideUser } from '../../../../src/domain/user/user-decider.ts'
import { userFromSnapshot, userToSnapshot } from '../../../../src/domain/user/user-snapshot.ts'
import { evolveUser, initialUser, type UserState } from '../../../../src/domain/user/user-state.ts'

const said = { actor: null, at: 1 }
const keys = { signatureKey: 'AAAA', identityKey: 'BBBB', certificate: 'CCCC' }
const add: UserCommand = { type: 'AddDevice', deviceId: 'phone', ...keys, ...said }
const revoke: UserCommand = { type: 'RevokeDevice', deviceId: 'phone', ...said }
const plain = (type: 'DeactivateUser' | 'ReactivateUser' | 'EraseUser'): UserCommand => ({ type, ...said })

const told = (...commands: readonly UserCommand[]): { state: UserState; types: readonly string[] } => {
  let state = initialUser()
  const types: string[] = []
  for (const command of commands) {
    for (const event of decideUser(state, command)) {
      types.push(event.type)
      state = evolveUser(state, event)
    }
  }
  return { state, types }
}

describe('what is told of a user', () => {
  it('is told once, however often it is asked for [P2]', () => {
    expect(told(add, add, revoke, revoke, add).types).toEqual(['DeviceAdded', 'DeviceRevoked'])
    const lock = plain('DeactivateUser')
    const unlock = plain('ReactivateUser')
    expect(told(unlock, lock, lock, unlock, unlock, lock).types).toEqual([
      'UserDeactivated',
      'UserReactivated',
      'UserDeactivated',
    ])
  })

  it('ends with the erasure', () => {
    expect(told(add, plain('EraseUser'), plain('EraseUser'), revoke, plain('DeactivateUser')).types).toEqual([
      'DeviceAdded',
      'UserErased',
    ])
  })

  it('holds of a device only its id and public keys', () => {
    expect(decideUser(initialUser(), add)).toEqual([
      { type: 'DeviceAdded', actor: null, at: 1, data: { deviceId: 'phone', ...keys } },
    ])
    expect(decideUser(initialUser(), { type: 'NameDevice', deviceId: 'phone', ...said })).toMatchObject([
      { data: { deviceId: 'phone' } },
    ])
  })

  it('survives a snapshot', () => {
    const { state } = told(add, plain('DeactivateUser'))
    expect(userFromSnapshot(userToSnapshot(state))).toEqual(state)
  })
})
