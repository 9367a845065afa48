import { describe, expect, it } from 'vitest'
import type { Content } from '../../../../packages/client/src/content/message-content.ts'
import { type GivenVote, votersOf } from '../../../../packages/client/src/content/poll-votes.ts'

const single = { question: 'Tea?', options: ['yes', 'no', 'later'] }
const multiple = { ...single, multiple: true }
const says = (userId: string, revision: number | undefined, content: Content): GivenVote => ({
  actor: { userId },
  revision,
  content,
})
const votes = (userId: string, revision: number | undefined, ...options: number[]): GivenVote =>
  says(userId, revision, { type: 'vote', body: { options } })

describe('The votes of a poll', () => {
  it('are counted by option, the newest of each user', () => {
    const given = [votes('ann', 7, 1), votes('bob', 5, 0), votes('bob', 8, 2), votes('ann', 6, 0)]
    expect(votersOf(single, given)).toEqual([[], ['ann'], ['bob']])
    expect(votersOf(multiple, [votes('ann', 7, 0, 2)])).toEqual([['ann'], [], ['ann']])
  })

  it('count when this device has just given them, and not when they were taken back', () => {
    expect(votersOf(single, [votes('ann', 7, 1), votes('ann', undefined, 0)])).toEqual([['ann'], [], []])
    expect(votersOf(single, [votes('ann', 7, 1), votes('ann', 8)])).toEqual([[], [], []])
  })

  it.each([
    ['of an option that does not exist', votes('eve', 5, 3)],
    ['of one that exists and one that does not', votes('eve', 5, 0, 7)],
    ['for several options where one is allowed', votes('eve', 5, 0, 1)],
    ['that are an emoji', says('eve', 5, { type: 'reaction', body: { emoji: '0' } })],
    ['that are a text', says('eve', 5, { type: 'text', body: { text: '0' } })],
  ])('do not count %s', (_what, vote) => {
    expect(votersOf(single, [vote, votes('ann', 6, 1)])).toEqual([[], ['ann'], []])
  })

  it('count up to the end of the poll', () => {
    expect(votersOf(single, [votes('ann', 7, 1), votes('eve', 9, 1)], 8)).toEqual([[], ['ann'], []])
  })

  it('name one option once', () => {
    expect(votersOf(single, [votes('eve', 5, 1, 1, 1)])).toEqual([[], ['eve'], []])
  })
})
