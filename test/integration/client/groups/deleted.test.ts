import { describe, expect, it } from 'vitest'
import { toBackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { eventsOfType, eventually, messageTexts } from '../../../support/client/client-world.ts'
import { openDevice } from '../../../support/client/open-device.ts'
import { linesOf } from '../../../support/client/shown.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

const codeOf = (thrown: unknown) => toBackscrollError(thrown).code

describe('A group that its owner deletes', () => {
  const world = useClientWorld()

  it('is gone for everybody, with its messages, and stays gone', async () => {
    const [ann, bob, cat] = await Promise.all(['ann', 'bob', 'cat'].map((user) => openDevice(world, user)))
    if (ann === undefined || bob === undefined || cat === undefined) throw new Error('three people')
    const { conversationId: id, done } = ann.client.createGroup({ members: ['bob', 'cat'], name: 'Trip' })
    await done
    await ann.client.send(id, { text: 'secret' })
    for (const { log } of [bob, cat]) await eventually(() => messageTexts(log).includes('secret'), 'the message')
    const timeline = bob.client.views.timeline(id)
    timeline.subscribe(() => {})
    const inbox = bob.client.views.inbox()
    inbox.subscribe(() => {})
    await eventually(() => linesOf(timeline).length === 1, 'the message in the timeline')

    expect(await bob.client.deleteGroup(id).catch(codeOf)).toBe('forbidden')
    const { position } = await ann.client.deleteGroup(id)
    for (const { log } of [ann, bob, cat])
      await eventually(() => eventsOfType(log, 'ConversationDeleted').length === 1, 'the end')
    for (const { log } of [ann, bob, cat]) expect(log.some(({ type }) => type === 'warning')).toBe(false)
    await eventually(() => linesOf(timeline).length === 0, 'no message on the device')
    await eventually(() => inbox.snapshot().conversations.length === 0, 'no line in the inbox')

    for (const { client } of [ann, bob]) expect(await client.send(id, { text: 'more' }).catch(codeOf)).toBe('not_found')
    expect(await ann.client.deleteGroup(id).catch(codeOf)).toBe('not_found')
    const messages: unknown[] = []
    for await (const one of cat.client.history(id, { atLeast: position })) messages.push(one)
    expect(messages).toMatchObject([{ ciphertext: null, expired: true, content: undefined }])
  })
})
