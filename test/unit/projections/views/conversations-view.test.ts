import { describe, expect, it } from 'vitest'
import { conversations } from '../../../../src/projections/views/conversations-view.ts'
import { foldView } from '../../../support/projections/fold-view.ts'
import { type Conversation, idOf } from '../../../support/projections/read-side.ts'

describe('the view of conversations', () => {
  it('begins with what the conversation was started with', async () => {
    const found = await foldView(conversations, (conversation) => conversation.start('ann', ['bob', 'cleo']))
    expect(found.get('')).toEqual({
      conversationId: idOf(1),
      kind: 'group',
      writers: [],
      name: null,
      description: null,
      createdAt: 1_000,
      memberCount: 3,
      retentionSeconds: null,
      posting: 'everyone',
      expiredUpTo: -1,
      expiredSeq: 0,
      oldestAt: null,
      newestContent: -1,
      expiryDue: null,
      lastSeq: 0,
      lastMessageAt: 1_000,
      activePosition: 1,
      lastRevision: 0,
      lastPosition: 1,
    })
  })

  it('says who has written in a direct conversation, each once, and in a group nobody', async () => {
    const written = async (kind: 'direct' | 'group') =>
      (
        await foldView(conversations, async (conversation) => {
          await conversation.start('ann', ['bob'], kind)
          for (const user of ['ann', 'bob', 'ann', 'bob']) await conversation.send(user, 'aGk=')
        })
      ).get('')?.writers
    expect(await written('direct')).toEqual(['ann', 'bob'])
    expect(await written('group')).toEqual([])
  })

  it('counts members and follows settings', async () => {
    const found = await foldView(conversations, async (conversation) => {
      await conversation.start('ann', ['bob'])
      await conversation.add('ann', ['cleo', 'dan'])
      await conversation.remove('ann', 'bob')
      await conversation.leave('dan')
      await conversation.rename('ann', 'bmFtZQ==')
      await conversation.retain('ann', 3600)
      await conversation.letPost('ann', 'admins')
    })
    expect(found.get('')).toMatchObject({
      memberCount: 2,
      name: 'bmFtZQ==',
      retentionSeconds: 3600,
      posting: 'admins',
      lastRevision: 6,
    })
  })

  it('says from when on messages are to expire: a little after the oldest is past its time, while there is one', async () => {
    const due = async (write: (conversation: Conversation) => Promise<unknown>) =>
      (
        await foldView(conversations, async (conversation) => {
          await conversation.start('ann', ['bob'])
          await write(conversation)
        })
      ).get('')?.expiryDue
    expect(await due((one) => one.send('ann', 'aGk=', 2_000))).toBeNull()
    expect(await due((one) => one.retain('ann', 60))).toBeNull()
    const messages = async (one: Conversation) => {
      await one.send('ann', 'aGk=', 2_000)
      await one.retain('ann', 60)
      await one.send('ann', 'aGk=', 50_000)
    }
    expect(await due(messages)).toBe(67_000)
    const expired = (upTo: number) => async (one: Conversation) => {
      await messages(one)
      await one.expire('ann', upTo, 50_000)
    }
    expect(await due(expired(1))).toBe(115_000)
    expect(await due(expired(3))).toBeNull()
    const kept = async (one: Conversation) => {
      await messages(one)
      await one.retain('ann', null)
    }
    expect(await due(kept)).toBeNull()
  })

  it('becomes active by new messages only; every event moves it', async () => {
    const found = await foldView(conversations, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'aGk=', 2_000)
      await conversation.react('bob', message, 'OikK', 3_000)
    })
    expect(found.get('')).toMatchObject({ lastSeq: 1, lastMessageAt: 2_000, activePosition: 2, lastPosition: 3 })
  })
})
