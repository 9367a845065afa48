import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { describe, expect, it } from 'vitest'
import { createBlockList } from '../../../../packages/client/src/account/block-list.ts'
import type { AccountChange, ClientEvent } from '../../../../packages/client/src/events/client-events.ts'

const account = (change: AccountChange): ClientEvent => ({ type: 'account', change, revision: 0, at: 0, by: null })
const withMallory = directConversationId('ann', 'mallory')

describe('What a device knows of blocks', () => {
  it('hides the direct conversation with who is blocked, until the block is taken back', () => {
    const blocks = createBlockList('ann', new Map())
    expect(blocks.hides(withMallory)).toBe(false)
    expect(blocks.take(account({ type: 'blocked', userId: 'mallory' }))).toEqual([
      { key: 'blocks', value: ['mallory'] },
    ])
    expect([blocks.hides(withMallory), blocks.hides(directConversationId('ann', 'bob'))]).toEqual([true, false])
    expect(blocks.take(account({ type: 'unblocked', userId: 'mallory' }))).toEqual([{ key: 'blocks', value: [] }])
    expect(blocks.hides(withMallory)).toBe(false)
  })

  it('is what was stored, or what the server tells', () => {
    const blocks = createBlockList('ann', new Map<string, unknown>([['blocks', ['mallory']]]))
    expect(blocks.hides(withMallory)).toBe(true)
    expect(blocks.replace(['bob'])).toEqual([{ key: 'blocks', value: ['bob'] }])
    expect([blocks.hides(withMallory), blocks.hides(directConversationId('ann', 'bob'))]).toEqual([false, true])
  })

  it('stores nothing for what is about something else, and survives a record that is none', () => {
    const blocks = createBlockList('ann', new Map<string, unknown>([['blocks', 'mallory']]))
    expect(blocks.hides(withMallory)).toBe(false)
    expect(blocks.take(account({ type: 'consent_changed' }))).toEqual([])
  })
})
