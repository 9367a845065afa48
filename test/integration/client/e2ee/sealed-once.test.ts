import { sendMessage } from '@backscroll/protocol/client-frames'
import { describe, expect, it } from 'vitest'
import { type OpenWebSocket, openWebSocket } from '../../../../packages/client/src/platform/web-socket.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { bytes, eventually, live, messageTexts, record } from '../../../support/client/client-world.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

/** A network that takes the frames of a queue and is gone before they arrive: what was sent is kept, by message. */
const createSwallowingSockets = () => {
  const sent = new Map<string, string[]>()
  let [isBad, breaks] = [false, 0]
  const open: OpenWebSocket = (url, protocols) => {
    const real = openWebSocket(url, protocols)
    const send = real.send.bind(real)
    let leaving = false
    const leave = () => {
      breaks += 1
      real.close()
    }
    real.send = (text) => {
      const frame = sendMessage.safeParse(JSON.parse(text))
      if (!frame.success) return leaving ? undefined : send(text)
      const { messageId, ciphertext = '' } = frame.data
      sent.set(messageId, [...(sent.get(messageId) ?? []), ciphertext])
      if (!isBad) return send(text)
      if (!leaving) setTimeout(leave, 20)
      leaving = true
    }
    return real
  }
  return {
    open,
    sent,
    breaks: () => breaks,
    turnBad: () => {
      isBad = true
    },
    turnGood: () => {
      isBad = false
    },
  }
}

describe('A message that has to be sent again', () => {
  const world = useClientWorld()
  const numbers = Array.from({ length: 10 }, (_, n) => `q${n}`)

  it('is the same bytes over any number of connections and a restart, so that it uses up one key', async () => {
    const [sockets, store] = [createSwallowingSockets(), createMemoryStore()]
    const options = { store, webSocket: sockets.open, random: () => 0.02 }
    const [ann, bob] = await Promise.all([world.client('ann', 'phone', options), world.client('bob', 'phone')])
    const log = record(bob)
    await Promise.all([ann, bob].map(live))
    const { conversationId } = await ann.send({ user: 'bob' }, bytes('hi'))
    sockets.turnBad()
    for (const text of numbers) ann.send(conversationId, bytes(text)).catch(() => {})
    await eventually(() => sockets.breaks() >= 4, 'four broken connections')
    await ann.close()
    const again = await world.client('ann', 'phone', options)
    const own = record(again)
    again.start()
    await eventually(() => sockets.breaks() >= 8, 'four more')
    sockets.turnGood()
    await eventually(() => messageTexts(log).length === 11, 'all messages')
    expect(messageTexts(log)).toEqual(['hi', ...numbers])
    expect([...sockets.sent.values()].every((forms) => new Set(forms).size === 1)).toBe(true)
    expect(Math.max(...[...sockets.sent.values()].map((forms) => forms.length))).toBeGreaterThan(6)
    await eventually(() => messageTexts(own).length === 10, "the sender's own")
    expect(messageTexts(own)).toEqual(numbers)
    await eventually(() => again.pending() === 0, 'nothing waits')
    await again.close()
    expect([...(await store.load()).keys()].filter((key) => /^(sealed|entry)\//.test(key))).toEqual([])
  })

  it('is encrypted again once if the group has reached another epoch', async () => {
    const sockets = createSwallowingSockets()
    const options = { webSocket: sockets.open, random: () => 0.02 }
    const [cid, dan] = await Promise.all([world.client('cid', 'phone', options), world.client('dan', 'phone')])
    const log = record(dan)
    await Promise.all([cid, dan].map(live))
    const { conversationId } = await cid.send({ user: 'dan' }, bytes('hi'))
    sockets.turnBad()
    for (const text of numbers) cid.send(conversationId, bytes(text)).catch(() => {})
    await eventually(() => sockets.breaks() >= 2, 'two broken connections')
    const epochs = () => log.filter((one) => 'event' in one && one.event.type === 'GroupCommitted').length
    const before = epochs()
    await live(await world.client('dan', 'tablet'))
    await eventually(() => epochs() > before, 'another epoch')
    const breaks = sockets.breaks()
    await eventually(() => sockets.breaks() >= breaks + 3, 'three more')
    sockets.turnGood()
    await eventually(() => messageTexts(log).length === 11, 'all messages')
    expect(messageTexts(log)).toEqual(['hi', ...numbers])
    const forms = [...sockets.sent.values()].map((all) => new Set(all).size)
    expect(Math.max(...forms)).toBe(2)
  })
})
