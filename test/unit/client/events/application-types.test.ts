import type { BackscrollClient, ClientEvent, MessageRef } from '@backscroll/client'
import { expectTypeOf, it } from 'vitest'

/** Handlers as an application writes them. None of this runs: it must compile without a cast. */
const useHandlers = (client: BackscrollClient) => {
  client.on('message', async ({ conversationId, event, ref, own }) => {
    expectTypeOf(event.data.seq).toEqualTypeOf<number>()
    if (!own) await client.markRead(conversationId, event.data.seq)
    await client.reply(conversationId, ref, { text: 'Yes?' })
    await client.react(conversationId, ref, { emoji: '👍' })
  })
  client.on('edit', ({ event }) => expectTypeOf(event.data.target).toExtend<MessageRef>())
  client.on('reaction', ({ event }) => expectTypeOf(event.data.target.seq).toEqualTypeOf<number>())
  client.on('deletion', ({ event }) => expectTypeOf(event.type).toEqualTypeOf<'MessageDeleted'>())
  client.on('conversation', ({ event }) => {
    if (event.type === 'MembersAdded') expectTypeOf(event.data.members[0]?.userId).toEqualTypeOf<string | undefined>()
    if (event.type === 'RetentionChanged') expectTypeOf(event.data.seconds).toEqualTypeOf<number | null>()
  })
}

const readIterator = (event: ClientEvent): number | undefined =>
  event.type === 'message' ? event.event.data.seq : undefined

it('an application reads events by their types, without casts', () => {
  expectTypeOf(useHandlers).toBeFunction()
  expectTypeOf(readIterator).returns.toEqualTypeOf<number | undefined>()
})
