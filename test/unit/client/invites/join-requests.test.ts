import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import type { ControlContent } from '../../../../packages/client/src/content/message-content.ts'
import { encodeContent } from '../../../../packages/client/src/content/message-content.ts'
import { createFollowJoinRequests } from '../../../../packages/client/src/invites/follow-join-requests.ts'
import { loadGroupInvites } from '../../../../packages/client/src/invites/group-invites.ts'
import { loadJoinRequests } from '../../../../packages/client/src/invites/join-requests.ts'
import { loadOwnJoinRequests } from '../../../../packages/client/src/invites/own-join-requests.ts'

const identityKey = Buffer.alloc(32, 1).toString('base64')
const month = 30 * 86_400_000
const asked = (userId: string, expiresAt = 10 * month): ControlContent => ({
  type: 'join_asked',
  body: { userId, identityKey, expiresAt },
})
const settled = (userId: string, state: 'declined' | 'withdrawn' = 'declined'): ControlContent => ({
  type: 'join_settled',
  body: { userId, state },
})
const link = {
  ...{ inviteId: 'i', secret: 'c2VjcmV0', conversationId: 'g', expiresAt: 10 * month, maxUses: 5 },
  ...{ approval: true as const, used: ['bob'], waiting: ['bob'] },
}

/** The device of an admin (`me`) of the group `g` that ann owns, who has made the link. */
const device = (me = 'ann') => {
  let now = 1_000
  const members = new Set(['ann', 'cat', 'eve'])
  const said: [string, ControlContent][] = []
  const invites = loadGroupInvites(new Map(me === 'ann' ? [['invite/i', link]] : []), () => undefined)
  const requests = loadJoinRequests(
    new Map(),
    () => undefined,
    () => now,
  )
  const own = loadOwnJoinRequests(
    new Map(),
    () => undefined,
    () => now,
  )
  const follow = createFollowJoinRequests({
    ...{ me: { userId: me }, invites, requests, own, now: () => now },
    isAdmin: (_id, userId) => ['ann', 'cat'].includes(userId),
    isMember: (_id, userId) => members.has(userId),
    say: (id, content) => void said.push([id, content]),
    sayTo: (userId, content) => void said.push([`to ${userId}`, content]),
  })
  const hear = (userId: string, content: ControlContent, id = 'g') => {
    const actor = { userId, deviceId: '1' }
    const event: WireEvent = {
      ...{ stream: { kind: 'conversation', id }, revision: 1, position: '1', type: 'ControlSent', at: now, actor },
      data: {},
    }
    return follow.control(event, encodeContent({ messageId: 'm', control: true }, content)).map(({ state }) => state)
  }
  const later = (ms: number) => {
    now += ms
  }
  const waiting = () => requests.of('g').map(({ userId }) => userId)
  return { follow, hear, waiting, said, members, invites, own, later }
}

describe('A request to join', () => {
  it('waits once, told by an admin, until an admin declines it', () => {
    const { hear, waiting, said, invites } = device()
    expect([hear('ann', asked('bob')), hear('cat', asked('bob')), waiting()]).toEqual([['waiting'], [], ['bob']])
    expect(invites.of('i')?.waiting).toEqual([])
    expect([hear('cat', settled('bob')), waiting()]).toEqual([['declined'], []])
    expect(said).toEqual([['to bob', { type: 'join_answer', body: { conversationId: 'g', state: 'declined' } }]])
    expect([hear('cat', settled('bob')), said.length]).toEqual([[], 1])
  })

  it('is not made or settled by members who are no admins, and not made for members', () => {
    const { hear, waiting } = device()
    expect([hear('eve', asked('mallory')), hear('ann', asked('eve')), waiting()]).toEqual([[], [], []])
    hear('ann', asked('bob'))
    expect([hear('eve', settled('bob')), hear('bob', settled('bob', 'withdrawn')), waiting()]).toEqual([
      [],
      [],
      ['bob'],
    ])
  })

  it('is not shown to members who are no admins', () => {
    const { hear, waiting } = device('eve')
    expect([hear('ann', asked('bob')), waiting()]).toEqual([[], ['bob']])
  })

  it('ends with the link, after a month, and when the user is added', () => {
    const { hear, waiting, later, follow } = device()
    expect(hear('ann', asked('old', 1_000))).toEqual([])
    hear('ann', asked('bob', 5_000))
    hear('ann', asked('dan'))
    later(5_000)
    expect(waiting()).toEqual(['dan'])
    later(month)
    expect(waiting()).toEqual([])
    hear('ann', asked('fay'))
    const data = { members: [{ userId: 'fay', role: 'member' }], lastSeq: 0 }
    const actor = { userId: 'cat', deviceId: '1' }
    const stream = { kind: 'conversation' as const, id: 'g' }
    follow.event({ stream, revision: 2, position: '2', type: 'MembersAdded', at: 1, actor, data })
    expect(waiting()).toEqual([])
  })

  it('is one of a hundred at most', () => {
    const { hear, waiting } = device()
    for (let n = 0; n < 120; n += 1) hear('ann', asked(`user-${n}`))
    expect(waiting().length).toBe(100)
  })

  it('is withdrawn by the user who made it, and by nobody else', () => {
    const { hear, said } = device()
    hear('ann', asked('bob'))
    const withdrawn: ControlContent = { type: 'join_withdrawn', body: { conversationId: 'g' } }
    hear('dan', withdrawn, 'direct')
    expect(said).toEqual([])
    hear('bob', withdrawn, 'direct')
    expect(said).toEqual([['g', settled('bob', 'withdrawn')]])
  })

  it('is declined, for the user who asked, by the user who was asked and nobody else', () => {
    const { hear, own, follow, members } = device('bob')
    own.put({ conversationId: 'g', to: 'ann', askedAt: 1_000, state: 'waiting' })
    const answer: ControlContent = { type: 'join_answer', body: { conversationId: 'g', state: 'declined' } }
    expect([hear('eve', answer, 'direct'), own.of('g')?.state]).toEqual([[], 'waiting'])
    expect(hear('ann', answer, 'direct')).toEqual(['declined'])
    expect([hear('ann', answer, 'direct'), own.of('g')?.state]).toEqual([[], 'declined'])
    members.add('bob')
    expect(follow.accepted().map(({ state, own: isOwn }) => [state, isOwn])).toEqual([['accepted', true]])
    expect([follow.accepted(), own.all()]).toEqual([[], []])
  })
})
