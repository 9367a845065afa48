import { describe, expect, it } from 'vitest'
import { timeline } from '../../../../src/projections/views/timeline-view.ts'
import { foldView } from '../../../support/projections/fold-view.ts'
import { idOf } from '../../../support/projections/read-side.ts'

describe('the timeline', () => {
  it('holds one document a message, by number', async () => {
    const found = await foldView(timeline, async (conversation) => {
      await conversation.start('ann', ['bob'])
      await conversation.send('ann', 'MQ==', 2_000)
      await conversation.send('bob', 'Mg==')
    })
    expect([...found.keys()]).toEqual(['0000000001', '0000000002'])
    expect(found.get('0000000001')).toMatchObject({
      conversationId: idOf(1),
      seq: 1,
      revision: 1,
      position: 2,
      at: 2_000,
      sender: 'ann',
      senderDevice: 'phone',
      clientSeq: 2,
      edited: null,
      deleted: 0,
    })
  })

  it('folds in the newest edit', async () => {
    const found = await foldView(timeline, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'MQ==')
      await conversation.edit('ann', message, 'MWI=', 3_000)
      await conversation.edit('ann', message, 'MWM=', 4_000)
    })
    expect(found.get('0000000001')).toMatchObject({
      edited: { revision: 3, at: 4_000 },
      revision: 1,
    })
  })

  it('keeps a deleted message as deleted, by whom and when [M4]', async () => {
    const found = await foldView(timeline, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'MQ==')
      await conversation.edit('ann', message, 'MWI=')
      await conversation.delete('ann', message)
    })
    expect(found.get('0000000001')).toMatchObject({ deleted: 1, deletedBy: 'ann', mediaIds: [] })
  })

  it('is not touched by the deletion of a reaction', async () => {
    const found = await foldView(timeline, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'MQ==')
      const revision = await conversation.react('bob', message, 'OikK')
      await conversation.delete('bob', { ...message, revision })
    })
    expect(found.get('0000000001')).toMatchObject({ deleted: 0, mediaIds: [] })
  })

  it('holds no body, so that blanking the log is all that a deletion needs [M4]', async () => {
    const found = await foldView(timeline, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'c2VjcmV0')
      await conversation.edit('ann', message, 'b3RoZXI=')
    })
    expect(JSON.stringify([...found])).not.toMatch(/c2VjcmV0|b3RoZXI=/)
  })
})
