import { E2eeError } from '../../errors/e2ee-error.ts'
import { createTreeStanding } from '../../mls/members/tree-standing.ts'
import { type GroupState, membersOf, type TreeMember } from '../../mls/state/group-state.ts'
import { deviceName } from '../../trust/credential-check.ts'
import type { Pins } from '../../trust/identity-pins.ts'
import type { Group } from '../state/group.ts'

/**
 * Everybody in the tree can read what is sent: all of them must count, by keys that a person or the user has
 * accepted.
 */
export interface Readers {
  areFit(state: GroupState | undefined): boolean
  /** Records the devices that must be removed first. Throws `identity_changed` where a person has to decide. */
  settle(group: Group): void
  /** The devices of members that are in the tree, count, and do not have to leave. */
  counted(group: Pick<Group, 'state' | 'roster' | 'leaving'>): readonly TreeMember[]
}

export const createReaders = (pins: () => Pins): Readers => {
  const standing = createTreeStanding(pins)
  return {
    areFit: (state) => {
      if (state === undefined) return true
      const { revoked, unaccepted } = standing(state)
      return revoked.length === 0 && unaccepted.length === 0
    },
    settle: (group) => {
      if (group.state === undefined) return
      const { revoked, unaccepted } = standing(group.state)
      const [userId] = unaccepted
      if (userId !== undefined) throw new E2eeError('identity_changed', { userId })
      if (revoked.some((name) => !group.leaving.has(name))) group.leaving = new Set([...group.leaving, ...revoked])
    },
    counted: ({ state, roster, leaving }) => {
      if (state === undefined) return []
      const { revoked, unaccepted } = standing(state)
      return membersOf(state.mls.ratchetTree).filter((member) => {
        const name = deviceName(member)
        const mayRead = roster.has(member.userId) && !unaccepted.includes(member.userId)
        return mayRead && !leaving.has(name) && !revoked.includes(name)
      })
    },
  }
}
