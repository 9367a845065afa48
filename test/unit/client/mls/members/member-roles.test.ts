import { describe, expect, it } from 'vitest'
import {
  changesRole,
  type Role,
  removes,
  roleOf,
  rolesExtension,
  rolesIn,
  rolesOfOwner,
  unknownRoles,
  withRole,
} from '../../../../../packages/client/src/mls/members/member-roles.ts'
import { initialState } from '../../../../../src/domain/conversation/conversation-state.ts'
import * as rules from '../../../../../src/domain/conversation/members/roles.ts'

const all: readonly Role[] = ['owner', 'admin', 'member']
const state = initialState()
const manages = (role: Role) => rules.managesGroup(state, role)

describe('Who may change whom', () => {
  it('is for devices what it is for the server', () => {
    for (const by of all)
      for (const other of all) {
        expect(removes(by, other), `${by} removes ${other}`).toBe(manages(by) && rules.removes(by, other))
        for (const to of all)
          expect(changesRole(by, other, to), `${by}: ${other} to ${to}`).toBe(
            manages(by) && rules.changesRole(by, other, to),
          )
      }
  })

  it('is not known where it was never told, and a change tells nothing of the others', () => {
    expect(roleOf(unknownRoles, 'ann')).toBeUndefined()
    expect(roleOf(withRole(unknownRoles, 'ann', 'admin'), 'ann')).toBeUndefined()
    expect(roleOf(withRole(rolesOfOwner('ann'), 'ann', 'member'), 'ann')).toBe('member')
  })

  it('travels in a GroupInfo, and one that cannot be read is refused', () => {
    const roles = withRole(rolesOfOwner('ann'), 'bob', 'admin')
    expect(rolesIn(rolesExtension(roles))).toEqual(roles)
    expect(rolesIn(rolesExtension(unknownRoles))).toEqual(unknownRoles)
    expect(rolesIn([])).toEqual(unknownRoles)
    const twice = [...rolesExtension(roles), ...rolesExtension(roles)]
    const broken = rolesExtension(roles).map((one) => ({ ...one, extensionData: new Uint8Array([123]) }))
    for (const extensions of [twice, broken])
      expect(() => rolesIn(extensions)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})
