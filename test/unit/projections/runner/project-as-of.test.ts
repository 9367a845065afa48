import { describe, expect, it } from 'vitest'
import { createMemoryDocumentStore } from '../../../../src/adapters/memory/document-store.ts'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { allViews } from '../../../../src/projections/views/all-views.ts'
import { projectAsOf } from '../../../support/projections/project-as-of.ts'
import { openConversation } from '../../../support/projections/read-side.ts'

describe('time travel', () => {
  it('shows the views as they were when the log ended at a position', async () => {
    const log = createMemoryLog()
    const conversation = openConversation(log, 1)
    await conversation.start('ann', ['bob'])
    const message = await conversation.send('ann', 'Zmlyc3Q=')
    await conversation.edit('ann', message, 'c2Vjb25k')
    await conversation.leave('bob')

    const memberCountAt = async (position: bigint) => {
      const store = createMemoryDocumentStore()
      const { catalog } = await projectAsOf({ reader: log, store, views: allViews, position })
      return (await store.get(catalog.collection('conversations'), conversation.id))?.document.memberCount
    }
    expect(await Promise.all([0n, 1n, 3n, 4n, 99n].map(memberCountAt))).toEqual([undefined, 2, 2, 1, 1])

    const store = createMemoryDocumentStore()
    const { catalog } = await projectAsOf({ reader: log, store, views: allViews, position: 2n })
    const [sent] = await store.find(catalog.collection('timeline'), {})
    expect(sent?.document).toMatchObject({ seq: 1, edited: null })
  })
})
