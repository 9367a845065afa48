import { describe, expect, it } from 'vitest'
import { conversations } from '../../../../src/projections/views/conversations.ts'
import { foldView } from '../../../support/fold-view.ts'
import { idOf } from '../../../support/read-side.ts'

describe('the view of conversations', () => {
  it('begins with what the conversation was started with', async () => {
    const found = await foldView(conversations, (conversation) => conversation.start('ann', ['bob', 'cleo']))
    expect(found.get('')).toEqual({
      conversationId: idOf(1),
      kind: 'group',
      name: null,
      description: null,
      createdAt: 1_000,
      memberCount: 3,
      retentionSeconds: null,
      lastSeq: 0,
      lastMessageAt: 1_000,
      activePosition: 1,
      lastRevision: 0,
      lastPosition: 1,
    })
  })

  it('counts members and follows settings', async () => {
    const found = await foldView(conversations, async (conversation) => {
      await conversation.start('ann', ['bob'])
      await conversation.add('ann', ['cleo', 'dan'])
      await conversation.remove('ann', 'bob')
      await conversation.leave('dan')
      await conversation.rename('ann', 'bmFtZQ==')
      await conversation.retain('ann', 3600)
    })
    expect(found.get('')).toMatchObject({ memberCount: 2, name: 'bmFtZQ==', retentionSeconds: 3600, lastRevision: 5 })
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
