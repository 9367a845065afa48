import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { encodeUserEvent } from '../../../src/codec/user-codec.ts'
import { userStream } from '../../../src/domain/stream-names.ts'
import type { UserEvent } from '../../../src/domain/user/user-events.ts'
import type { DocumentStore } from '../../../src/ports/document-store.ts'
import { createMarks } from '../../../src/projections/queries/marks-queries.ts'
import { createViews } from '../../../src/projections/reading/view-reader.ts'
import { marks } from '../../../src/projections/views/marks-view.ts'
import { stars } from '../../../src/projections/views/stars-view.ts'
import { projectAsOf } from '../../support/projections/project-as-of.ts'

export interface OpenStore {
  readonly store: DocumentStore
  remove(): Promise<void>
}

type Mark = Extract<UserEvent, { type: 'ConversationMarked' }>['data']
type Untimed<Event> = Event extends UserEvent ? Omit<Event, 'at' | 'actor'> : never
type Told = Untimed<UserEvent>

const star = (messageId: string): Told => ({
  type: 'MessageStarred',
  data: { conversationId: 'c1', messageId, seq: messageId.length },
})
const unstar = (messageId: string): Told => ({
  type: 'MessageUnstarred',
  data: { conversationId: 'c1', messageId },
})

/** The view of marks and its queries, over a store of any kind. */
export const marksContract = (subject: string, open: () => Promise<OpenStore>): void => {
  describe(`${subject} serves the view of marks`, () => {
    let opened: OpenStore
    let queries: ReturnType<typeof createMarks>

    beforeAll(async () => {
      opened = await open()
      const log = createMemoryLog()
      const tell = async (userId: string, events: readonly (Mark | Told)[]) => {
        const encoded = events.map((one, index) => {
          const told: Told = 'type' in one ? one : { type: 'ConversationMarked', data: one }
          return encodeUserEvent({ ...told, at: index, actor: null }, `${userId}-${index}`)
        })
        await log.append(userStream(userId), encoded, 'no_stream')
      }
      await tell('ann', [
        { conversationId: 'c1', mutedUntil: 50, pinned: true },
        { conversationId: 'c2', mutedUntil: 'forever' },
        { conversationId: 'c3', archivedUpTo: 4 },
        { conversationId: 'c1', pinned: false, unread: true },
        { conversationId: 'c4', unread: true },
        { conversationId: 'c4', unread: false },
        ...[star('a'), star('bb'), unstar('a'), star('ccc'), star('a')],
      ])
      // The beginning of another user's name, and the user after the last key.
      await tell('ann0', [{ conversationId: 'c1', mutedUntil: 'forever' }, star('other')])
      await tell('eve', [{ conversationId: 'c1', pinned: true }, star('m'), { type: 'UserErased', data: {} }])
      const { store } = opened
      const { catalog } = await projectAsOf({ reader: log, store, views: [marks, stars], position: await log.head() })
      queries = createMarks(createViews({ documents: store, collectionOf: catalog.collection }))
    })
    afterAll(() => opened?.remove())

    it('lists what the user has marked, in pages, and nothing of others', async () => {
      const first = await queries.markedConversations('ann', { limit: 2 })
      expect(first.items).toEqual([
        { userId: 'ann', conversationId: 'c1', marks: { mutedUntil: 50, unread: true }, revision: 3 },
        { userId: 'ann', conversationId: 'c2', marks: { mutedUntil: 'forever' }, revision: 1 },
      ])
      const second = await queries.markedConversations('ann', { limit: 2, cursor: first.cursor })
      expect(second).toEqual({
        items: [{ userId: 'ann', conversationId: 'c3', marks: { archivedUpTo: 4 }, revision: 2 }],
      })
    })

    it('lists the starred messages in pages, the last one first', async () => {
      const first = await queries.starredMessages('ann', { limit: 2 })
      expect(first.items.map(({ messageId, seq }) => [messageId, seq])).toEqual([
        ['a', 1],
        ['ccc', 3],
      ])
      const { items, cursor } = await queries.starredMessages('ann', { limit: 2, cursor: first.cursor })
      expect([items.map(({ messageId }) => messageId), cursor]).toEqual([['bb'], undefined])
    })

    it('forgets a user who was erased', async () => {
      expect(await queries.markedConversations('eve', { limit: 9 })).toEqual({ items: [] })
      expect(await queries.starredMessages('eve', { limit: 9 })).toEqual({ items: [] })
    })

    it('finds what is not muted at a time', async () => {
      const all = ['c1', 'c2', 'c3', 'c4'].map((conversationId) => ({ userId: 'ann', conversationId }))
      const ofBob = { userId: 'bob', conversationId: 'c2' }
      const open = async (now: number) =>
        (await queries.unmuted([...all, ofBob], now)).map((one) => `${one.userId} ${one.conversationId}`)
      expect(await open(49)).toEqual(['ann c3', 'ann c4', 'bob c2'])
      expect(await open(50)).toEqual(['ann c1', 'ann c3', 'ann c4', 'bob c2'])
    })
  })
}
