import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryRequest } from '../../../../src/projections/queries/history.ts'
import { refusal } from '../../../support/projections/error-code.ts'
import {
  type Conversation,
  idOf,
  openConversation,
  openReadSide,
  type ReadSide,
} from '../../../support/projections/read-side.ts'

let side: ReadSide
let group: Conversation
beforeEach(async () => {
  side = await openReadSide()
  group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
})
afterEach(() => side.close())

const history = async (user: string, request: HistoryRequest) => {
  await side.settled()
  const { messages, more } = await side.queries.history(user, group.id, request)
  return { seqs: messages.map(({ seq }) => seq), more, messages }
}

test('the newest page comes without bounds; before and after page to both sides, always in ascending order', async () => {
  for (let n = 0; n < 6; n += 1) await group.send('ann', 'AAAA')
  expect(await history('bob', { limit: 2 })).toMatchObject({ seqs: [5, 6], more: true })
  expect(await history('bob', { before: 5, limit: 3 })).toMatchObject({ seqs: [2, 3, 4], more: true })
  expect(await history('bob', { before: 2, limit: 3 })).toMatchObject({ seqs: [1], more: false })
  expect(await history('bob', { after: 3, limit: 2 })).toMatchObject({ seqs: [4, 5], more: true })
  expect(await history('bob', { after: 1, before: 4, limit: 5 })).toMatchObject({ seqs: [2, 3], more: false })
  expect(await history('bob', { after: 6, limit: 5 })).toMatchObject({ seqs: [], more: false })
})

test('R4: a member sees the own stays only, also after the last of them, and pages step over what lies between', async () => {
  await group.send('ann', 'AAAA')
  await group.remove('ann', 'bob')
  await group.send('ann', 'AAAA')
  await group.add('ann', ['bob'])
  await group.send('ann', 'AAAA')
  await group.send('ann', 'AAAA')
  await group.leave('bob')
  await group.send('ann', 'AAAA')
  expect(await history('bob', { limit: 10 })).toMatchObject({ seqs: [1, 3, 4], more: false })
  expect(await history('bob', { limit: 2 })).toMatchObject({ seqs: [3, 4], more: true })
  expect(await history('bob', { after: 0, limit: 2 })).toMatchObject({ seqs: [1, 3], more: true })
  expect(await history('bob', { before: 3, limit: 2 })).toMatchObject({ seqs: [1], more: false })
})

test('reactions, oldest first, and edits come with the message', async () => {
  const first = await group.send('ann', 'AAAA')
  const second = await group.send('ann', 'BBBB')
  await group.edit('ann', second, 'CCCC')
  await group.react('bob', first, 'EEEE')
  await group.react('ann', first, 'FFFF')
  const { messages } = await history('bob', { limit: 10 })
  expect(messages[0]?.reactions.map(({ actor, ciphertext }) => [actor.userId, ciphertext])).toEqual([
    ['bob', 'EEEE'],
    ['ann', 'FFFF'],
  ])
  expect(messages[1]).toMatchObject({ ciphertext: 'CCCC', edited: { revision: 3 }, reactions: [] })
})

describe('P7: where reactions are limited to fifty a page', () => {
  const users = Array.from({ length: 10 }, (_, n) => `user${n}`)
  beforeEach(async () => {
    await side.close()
    side = await openReadSide({ mostReactions: 50 })
    group = openConversation(side.log, 1)
    await group.start('ann', ['bob', ...users])
  })

  test('a page ends early where its reactions become too many, and says that there is more', async () => {
    const messages = [await group.send('ann', 'AAAA')]
    for (let n = 1; n < 8; n += 1) messages.push(await group.send('ann', 'AAAA'))
    for (const message of messages) await Promise.all(users.map((user) => group.react(user, message, 'AAAA')))
    const newest = await history('bob', { limit: 8 })
    expect(newest).toMatchObject({ seqs: [5, 6, 7, 8], more: true })
    for (const message of newest.messages) expect(message.reactions).toHaveLength(10)
    expect(await history('bob', { before: 5, limit: 8 })).toMatchObject({ seqs: [1, 2, 3, 4], more: false })
    expect(await history('bob', { after: 0, limit: 8 })).toMatchObject({ seqs: [1, 2, 3, 4], more: true })
  })
})

test('R4: a stranger and an unknown conversation get the same answer', async () => {
  await side.settled()
  const { queries } = side
  for (const id of [group.id, idOf(77)]) {
    expect(await refusal(queries.history('eve', id, { limit: 1 }))).toBe('not_found')
    expect(await refusal(queries.conversation('eve', id))).toBe('not_found')
    expect(await refusal(queries.members('eve', id, { limit: 1 }))).toBe('not_found')
    expect(await refusal(queries.streamEvents('eve', id, 0, 1))).toBe('not_found')
  }
})

test('a stream is read by revision, cut to the stays of its reader', async () => {
  await group.remove('ann', 'bob')
  await group.send('ann', 'AAAA')
  await group.add('ann', ['bob'])
  await group.send('ann', 'AAAA')
  await side.settled()
  const read = async (from: number, limit: number) => {
    const { events, next } = await side.queries.streamEvents('bob', group.id, from, limit)
    return { revisions: events.map((text) => JSON.parse(text).revision), next }
  }
  expect(await read(0, 10)).toEqual({ revisions: [0, 1, 3, 4], next: undefined })
  expect(await read(0, 2)).toEqual({ revisions: [0, 1], next: 3 })
  expect(await read(2, 1)).toEqual({ revisions: [3], next: 4 })
  expect(await read(5, 1)).toEqual({ revisions: [], next: undefined })
})
