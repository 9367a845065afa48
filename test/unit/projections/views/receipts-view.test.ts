import { describe, expect, it } from 'vitest'
import { receipts } from '../../../../src/projections/views/receipts-view.ts'
import { watermarks } from '../../../../src/projections/views/watermarks-view.ts'
import { foldView } from '../../../support/projections/fold-view.ts'
import { idOf, type openConversation } from '../../../support/projections/read-side.ts'

const history = async (conversation: ReturnType<typeof openConversation>): Promise<void> => {
  await conversation.start('ann', ['bob'])
  for (let n = 0; n < 5; n += 1) await conversation.send('ann', 'MQ==')
  await conversation.receipts(
    [
      { user: 'bob', delivered: 3 },
      { user: 'ann', device: 'pad', delivered: 5, read: 5 },
    ],
    10_000,
  )
  await conversation.receipts([{ user: 'bob', read: 2 }], 20_000)
  await conversation.receipts([{ user: 'bob', delivered: 4, read: 4 }], 30_000)
}

describe('the view of watermarks [M5]', () => {
  it('holds how far each device is, and since when', async () => {
    const found = await foldView(watermarks, history)
    expect(found.get('bob/phone')).toEqual({
      conversationId: idOf(1),
      userId: 'bob',
      deviceId: 'phone',
      delivered: 4,
      read: 4,
      deliveredAt: 30_000,
      readAt: 30_000,
      sharedRead: 4,
      sharedReadAt: 30_000,
      position: 9,
      sharedPosition: 9,
    })
    expect(found.get('ann/pad')).toMatchObject({ delivered: 5, read: 5, position: 7 })
  })

  it('takes what was read as delivered, and never falls', async () => {
    const found = await foldView(watermarks, async (conversation) => {
      await conversation.receipts([{ user: 'bob', read: 4 }], 10_000)
      await conversation.receipts([{ user: 'bob', delivered: 2, read: 1 }], 20_000)
    })
    expect(found.get('bob/phone')).toMatchObject({ delivered: 4, read: 4, deliveredAt: 10_000, position: 1 })
  })
})

describe('the view of receipts', () => {
  it('holds every movement, null where only the other watermark moved', async () => {
    const found = await foldView(receipts, history)
    expect([...found].map(([key, { userId, delivered, read, at }]) => [key, userId, delivered, read, at])).toEqual([
      ['0000000000/0', 'bob', 3, null, 10_000],
      ['0000000000/1', 'ann', 5, 5, 10_000],
      ['0000000001/0', 'bob', null, 2, 20_000],
      ['0000000002/0', 'bob', 4, 4, 30_000],
    ])
  })
})
