import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClientWorld,
  eventually,
  messageTexts,
  openClientWorld,
  record,
} from '../../support/client/client-world.ts'

describe('Reports and feedback of users', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld()
  })
  afterAll(() => world.close())

  const person = async (userId: string) => {
    const client = await world.client(userId, 'phone')
    const log = record(client)
    client.start()
    await client.whenLive()
    return { client, log }
  }

  it('cover messages with their revealed texts, users, conversations and the product', async () => {
    const [mallory, vera] = [await person('mallory'), await person('vera')]
    await mallory.client.send({ user: 'vera' }, { text: 'send money' })
    await eventually(() => messageTexts(vera.log).includes('send money'), 'the message')
    const message = vera.log.find((event) => event.type === 'message')
    if (message?.type !== 'message') throw new Error('there is no message')
    const { ref, conversationId } = message
    const about = { conversation: conversationId, messages: [{ ref, text: 'send money' }] }
    expect(await vera.client.report({ about, reason: 'spam', note: 'again' })).toMatch(/^[0-9a-f-]{36}$/)
    await vera.client.report({ about: { user: 'mallory' }, reason: 'harassment' })
    await vera.client.report({ about: { conversation: conversationId }, reason: 'other' })
    await vera.client.feedback('Good otherwise.')
    await expect(mallory.client.report({ about, reason: 'spam' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(vera.client.report({ about: { user: 'nobody' }, reason: 'spam' })).rejects.toMatchObject({
      code: 'not_found',
    })
    const empty = { about: { ...about, messages: [] }, reason: 'spam' } as const
    await expect(vera.client.report(empty)).rejects.toMatchObject({
      code: 'invalid',
      details: { field: 'about.messages' },
    })
    await expect(vera.client.feedback('')).rejects.toMatchObject({ code: 'invalid', details: { field: 'text' } })
  })
})
