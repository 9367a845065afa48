import { describe, expect, it } from 'vitest'
import type { AdminAct } from '../../../src/domain/audit/admin-acts.ts'
import {
  type AuditState,
  auditFromSnapshot,
  auditToSnapshot,
  decideAudit,
  evolveAudit,
  initialAudit,
} from '../../../src/domain/audit/audit-state.ts'
import { deviceId, userId } from '../../../src/domain/ids.ts'

const actor = { userId: userId('ada'), deviceId: deviceId('desk') }
const act = (id: string): AdminAct => ({ id, act: 'erase_user', at: 5, actor, userId: 'mallory', reason: 'abuse' })

const having = (...ids: readonly string[]): AuditState => ids.reduce(evolveAudit, initialAudit())
const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `act-${index}`)

describe('the audit', () => {
  it('states who did what to whom, when and why', () => {
    expect(decideAudit(having(), act('a'))).toEqual({
      ...{ type: 'AdminActed', at: 5, actor },
      data: { act: 'erase_user', userId: 'mallory', reason: 'abuse' },
    })
  })

  it('contains each act once, however often it is submitted [P2]', () => {
    expect(decideAudit(having('a', 'b'), act('a'))).toBeUndefined()
    expect(decideAudit(having('b'), act('a'))).toBeDefined()
  })

  it('remembers a limited number of the newest acts', () => {
    const state = having(...many(1_500))
    expect(state.told.size).toBe(1_000)
    expect(decideAudit(state, act('act-1499'))).toBeUndefined()
    expect(decideAudit(state, act('act-500'))).toBeUndefined()
    expect(decideAudit(state, act('act-499'))).toBeDefined()
  })

  it('survives a snapshot in the same order', () => {
    const state = auditFromSnapshot(auditToSnapshot(having('b', 'a')))
    expect([...state.told]).toEqual(['b', 'a'])
  })
})
