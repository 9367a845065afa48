import { describe, expect, it } from 'vitest'
import { reactions } from '../../../../src/projections/views/reactions-view.ts'
import { foldView } from '../../../support/projections/fold-view.ts'

describe('the view of reactions', () => {
  it('keeps the newest reaction of each user to each message', async () => {
    const found = await foldView(reactions, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'MQ==')
      await conversation.react('bob', message, 'YQ==')
      await conversation.react('ann', message, 'Yg==')
      await conversation.react('bob', message, 'Yw==')
    })
    expect([...found].map(([key, { revision }]) => [key, revision])).toEqual([
      ['0000000001/bob', 4],
      ['0000000001/ann', 3],
    ])
  })

  it('loses a reaction that is deleted, and only that one', async () => {
    const found = await foldView(reactions, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'MQ==')
      const first = await conversation.react('bob', message, 'YQ==')
      await conversation.react('bob', message, 'Yg==')
      const other = await conversation.react('ann', message, 'Yw==')
      // Bob's first one had been replaced already.
      await conversation.delete('bob', { ...message, revision: first })
      await conversation.delete('ann', { ...message, revision: other })
    })
    expect([...found.keys()]).toEqual(['0000000001/bob'])
  })

  it('loses all reactions to a deleted message [M4]', async () => {
    const found = await foldView(reactions, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const [one, two] = [await conversation.send('ann', 'MQ=='), await conversation.send('ann', 'Mg==')]
      for (const message of [one, two]) for (const by of ['ann', 'bob']) await conversation.react(by, message, 'YQ==')
      await conversation.delete('ann', one)
    })
    expect([...found.keys()]).toEqual(['0000000002/ann', '0000000002/bob'])
  })
})
