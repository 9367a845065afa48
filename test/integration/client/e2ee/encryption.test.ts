import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../../support/client/client-world.ts'

const texts = (log: readonly ClientEvent[]) =>
  conversationEvents(log).flatMap(({ content }) => (content?.type === 'text' ? [content.body.text] : []))

describe('Encrypted clients against a real server', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const started = async (client: BackscrollClient) => {
    client.start()
    await client.whenLive()
  }

  it('carries a first message to somebody never met, and the answer', async () => {
    const ann = await world.client('ann', 'phone')
    const bob = await world.client('bob', 'phone')
    const [mine, theirs] = [record(ann), record(bob)]
    await Promise.all([ann, bob].map(started))
    const { conversationId } = await ann.send({ user: 'bob' }, { text: 'hello' })
    await eventually(() => texts(theirs).length === 1, 'the message')
    await bob.send(conversationId, { text: 'hi' })
    await eventually(() => texts(mine).length === 2, 'the answer')
    expect(texts(mine)).toEqual(['hello', 'hi'])
    expect(texts(theirs)).toEqual(['hello', 'hi'])
    expect(ann.identityOf('bob')?.safetyNumber).toBe(bob.identityOf('ann')?.safetyNumber)
  })
})
