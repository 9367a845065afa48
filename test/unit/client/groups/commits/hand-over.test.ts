import { describe, expect, it } from 'vitest'
import type { OutboxEntry } from '../../../../../packages/client/src/commands/outbox-entry.ts'
import { createHandOver } from '../../../../../packages/client/src/groups/commits/hand-over.ts'
import { newGroup } from '../../../../../packages/client/src/groups/state/group.ts'
import { rolesOfOwner, withRole } from '../../../../../packages/client/src/mls/members/member-roles.ts'

const setUp = () => {
  const made: string[] = []
  const { choose, isDue, make } = createHandOver((_id, change) => {
    if (change.type === 'role') made.push(`${change.userId} ${change.role}`)
    return 'again'
  })
  const roster = new Map(['dan', 'ann', 'eve', 'cat', 'bob'].map((user) => [user, 'ann/1']))
  const roles = withRole(withRole(rolesOfOwner('ann'), 'bob', 'admin'), 'cat', 'admin')
  const group = Object.assign(newGroup('g'), { roster, roles })
  /** As the outbox does: the commit goes before the command. */
  const handOver = (of: typeof group, entry: OutboxEntry) => {
    if (!choose(of, entry)) return false
    expect([isDue(entry), make(entry), isDue(entry)]).toEqual([true, 'again', false])
    return true
  }
  return { made, handOver, group }
}
const leaving = (successor?: string, type: 'left' | 'removed' = 'left'): OutboxEntry => {
  const change = { type, userId: 'ann', ...(successor !== undefined && { successor }) }
  return { conversationId: 'g', clientSeq: 3, messageId: `leave ${successor}`, command: { kind: 'member', change } }
}

describe('The last owner who leaves', () => {
  it('is followed by the admin who came first, then by the next admin, then by members, each tried once', () => {
    const { made, handOver, group } = setUp()
    while (handOver(group, leaving()));
    expect(made).toEqual(['cat owner', 'bob owner', 'dan owner', 'eve owner'])
  })

  it('is followed by the member whom the owner names, and by nobody else', () => {
    const { made, handOver, group } = setUp()
    expect([handOver(group, leaving('eve')), handOver(group, leaving('eve')), made]).toEqual([
      true,
      false,
      ['eve owner'],
    ])
  })

  it('is not followed by members who are gone', () => {
    const { made, handOver, group } = setUp()
    group.gone = new Set(['cat', 'bob'])
    handOver(group, leaving())
    expect(made).toEqual(['dan owner'])
  })

  it('is not meant by a removal', () => {
    const { made, handOver, group } = setUp()
    expect([handOver(group, leaving(undefined, 'removed')), made]).toEqual([false, []])
  })
})
