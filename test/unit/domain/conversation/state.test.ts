import { limits } from '@backscroll/protocol/limits'
import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { evolve, initialState, rememberedDeletions } from '../../../../src/domain/conversation/conversation-state.ts'
import { memberLimit } from '../../../../src/domain/conversation/start-conversation.ts'
import { alice, at, group, messageNo, sent } from './examples.ts'

const fold = (...events: readonly ConversationEvent[]) => events.reduce(evolve, initialState())

describe('the state of a conversation', () => {
  it('knows no revision before the first event, then that of the last', () => {
    expect(initialState()).toMatchObject({ exists: false, revision: -1, lastSeq: 0 })
    expect(fold(...group(), sent(alice, 1))).toMatchObject({ exists: true, kind: 'group', revision: 2, lastSeq: 1 })
  })

  it('keeps the retention', () => {
    const changed: ConversationEvent = { type: 'RetentionChanged', at, actor: alice, data: { seconds: 60 } }
    expect(fold(...group(), changed).retentionSeconds).toBe(60)
  })

  it('remembers a bounded number of deletions, the newest', () => {
    const deletions = Array.from({ length: rememberedDeletions + 10 }, (_, revision): ConversationEvent => {
      const target = { messageId: messageNo(revision), revision, seq: revision }
      return { type: 'MessageDeleted', at, actor: alice, data: { messageId: messageNo(0), target } }
    })
    const remembered = fold(...group(), ...deletions.slice(0, rememberedDeletions))
    expect([remembered.deleted.size, remembered.forgottenDeletion]).toEqual([rememberedDeletions, -1])
    const { deleted, forgottenDeletion } = fold(...group(), ...deletions)
    expect([deleted.size, deleted.has(9), deleted.has(10)]).toEqual([rememberedDeletions, false, true])
    // Two events of the group come first, then the deletion of revision 0.
    expect([deleted.get(10), forgottenDeletion]).toEqual([12, 11])
  })

  it('has room for as many members as the protocol says', () => {
    expect(memberLimit).toBe(limits.members)
  })
})
