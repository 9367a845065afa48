import { describe, expect, it } from 'vitest'
import { memberships } from '../../../../src/projections/views/memberships-view.ts'
import { foldView } from '../../../support/projections/fold-view.ts'
import { idOf } from '../../../support/projections/read-side.ts'

describe('the view of memberships', () => {
  it('shows a member everything from the event that began the membership', async () => {
    const found = await foldView(memberships, async (conversation) => {
      await conversation.start('ann', ['bob'])
      await conversation.send('ann', 'aGk=')
      await conversation.add('ann', ['cleo'])
    })
    expect(found.get('ann')).toMatchObject({
      role: 'owner',
      active: 1,
      intervals: [{ fromRevision: 0, toRevision: null, fromSeq: 1, toSeq: null }],
    })
    expect(found.get('cleo')).toEqual({
      conversationId: idOf(1),
      userId: 'cleo',
      role: 'member',
      active: 1,
      intervals: [{ fromRevision: 2, toRevision: null, fromSeq: 2, toSeq: null }],
      joinedPosition: 3,
      invitedPosition: null,
      endedPosition: null,
      endedAt: null,
    })
  })

  it('closes the interval with the event that ends it, and opens another one on return', async () => {
    const found = await foldView(memberships, async (conversation) => {
      await conversation.start('ann', ['bob'])
      await conversation.send('ann', 'MQ==')
      await conversation.leave('bob')
      await conversation.send('ann', 'Mg==')
      await conversation.add('ann', ['bob'])
      await conversation.remove('ann', 'bob')
    })
    expect(found.get('bob')).toMatchObject({
      active: 0,
      intervals: [
        { fromRevision: 0, toRevision: 2, fromSeq: 1, toSeq: 1 },
        { fromRevision: 4, toRevision: 5, fromSeq: 3, toSeq: 2 },
      ],
      joinedPosition: 5,
      endedPosition: 6,
      endedAt: expect.any(Number),
    })
  })

  it('holds everything back from who was asked, until it is accepted', async () => {
    const asked = await foldView(memberships, async (conversation) => {
      await conversation.start('ann', ['bob'], 'group', ['bob'])
      await conversation.send('ann', 'MQ==')
    })
    const held = { fromRevision: 0, toRevision: null, fromSeq: 1, toSeq: null, heldUntil: null }
    expect(asked.get('bob')).toMatchObject({ active: 2, intervals: [held], joinedPosition: 1, invitedPosition: 1 })
    const accepted = await foldView(memberships, async (conversation) => {
      await conversation.start('ann', ['bob'], 'group', ['bob'])
      await conversation.send('ann', 'MQ==')
      await conversation.accept('bob')
    })
    expect(accepted.get('bob')).toMatchObject({
      active: 1,
      intervals: [{ ...held, heldUntil: 2 }],
      joinedPosition: 3,
      invitedPosition: 1,
    })
  })

  it('knows nothing of who was asked and never agreed, but what was seen before', async () => {
    const found = await foldView(memberships, async (conversation) => {
      await conversation.start('ann', ['bob', 'cleo'], 'group', ['cleo'])
      await conversation.leave('bob')
      await conversation.add('ann', ['bob'], ['bob'])
      await conversation.remove('ann', 'bob')
      await conversation.leave('cleo')
    })
    expect(found.get('bob')).toMatchObject({
      active: 0,
      intervals: [{ fromRevision: 0, toRevision: 1, fromSeq: 1, toSeq: 0 }],
    })
    expect(found.get('cleo') ?? null).toBeNull()
  })
})
