import { describe, expect, it } from 'vitest'
import { commands } from '../../../../src/projections/views/commands-view.ts'
import { foldView } from '../../../support/projections/fold-view.ts'

describe('the view of commands', () => {
  it('finds every numbered command but new messages, which the timeline knows [M2]', async () => {
    const found = await foldView(commands, async (conversation) => {
      await conversation.start('ann', ['bob'])
      const message = await conversation.send('ann', 'MQ==')
      await conversation.react('bob', message, 'YQ==')
      await conversation.edit('ann', message, 'Yg==')
    })
    expect([...found].map(([key, { revision }]) => [key, revision])).toEqual([
      ['ann/phone/1', 0],
      ['bob/phone/1', 2],
      ['ann/phone/3', 3],
    ])
  })
})
