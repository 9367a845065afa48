import { afterAll, describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import { conversationEvents, eventually, record } from '../../../support/client/client-world.ts'
import { createOwnDevices } from '../../../support/client/own-devices.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'
import { createDishonestServer } from '../../../support/lies/dishonest-server.ts'

type Json = Record<string, unknown>

const isFrom = ({ actor }: Json, userId: string, deviceId: string) =>
  JSON.stringify(actor) === JSON.stringify({ userId, deviceId })
/** Another bit near its end. */
const damaged = (data: Json): Json => {
  const bytes = Buffer.from(String(data.ciphertext), 'base64')
  const at = bytes.length - 5
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return { ...data, ciphertext: bytes.toString('base64') }
}
const texts = (log: readonly ClientEvent[]) =>
  log.flatMap((event) => {
    if (event.type !== 'message' && event.type !== 'recovered') return []
    const { content } = event.type === 'message' ? event : event.message
    return content?.type === 'text' ? [content.body.text] : []
  })

describe('A server that holds a message back until somebody has come, and damages it', () => {
  const world = useClientWorld()
  const { make, live, approve, close } = createOwnDevices(() => world)
  afterAll(close)

  it('gets nothing told to a new device of a person who was not in the group when it was first sealed', {
    timeout: 90_000,
  }, async () => {
    const [anns, cids] = [createDishonestServer(), createDishonestServer()]
    const [ann, bob, cid] = await Promise.all([
      make('ann', 'phone', anns.options).then(live),
      make('bob', 'phone').then(live),
      make('cid', 'phone').then(live),
    ])
    const [annLog, bobLog] = [record(ann), record(bob)]
    const { conversationId: id, done } = ann.createGroup({ members: ['bob'] })
    await done
    await ann.setRole(id, 'bob', 'admin')
    await ann.send(id, { text: 'hello' })
    await eventually(() => texts(bobLog).includes('hello'), 'the first message')

    let held = 0
    anns.onFrame = ({ type, id: request, control }) => {
      if (type !== 'send_message' || control === true) return undefined
      held += 1
      return { type: 'error', id: request, code: 'unavailable', message: 'a lie', temporary: true }
    }
    const sending = ann.send(id, { text: 'before cid' })
    await eventually(() => held > 0, 'the message is sealed')
    await bob.addMembers(id, ['cid'])
    const laptop = await make('cid', 'laptop', cids.options)
    const log = record(laptop)
    await approve(cid, laptop)
    await bob.send(id, { text: 'hello cid' })
    await eventually(() => texts(log).includes('hello cid'), 'the laptop is in the group')

    cids.onEvent = (event) =>
      event.type === 'MessageSent' && isFrom(event, 'ann', 'phone')
        ? { ...event, data: damaged(event.data as Json) }
        : event
    anns.onFrame = () => undefined
    const { revision } = await sending
    const isLost = () =>
      conversationEvents(log).some(({ event, unreadable }) => event.revision === revision && unreadable)
    await eventually(isLost, 'the damaged message')
    cids.onEvent = (event) => event
    const hasAsked = () =>
      conversationEvents(annLog).some(
        ({ event }) =>
          event.revision > revision && event.type === 'ControlSent' && isFrom({ ...event }, 'cid', 'laptop'),
      )
    await eventually(hasAsked, 'the laptop asks for it')
    await ann.send(id, { text: 'the end' })
    await eventually(() => texts(log).includes('the end'), 'what ann has said after any answer')
    expect(texts(log)).toEqual(['hello cid', 'the end'])
  })
})
