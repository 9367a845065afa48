import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { RawData } from 'ws'
import { conversationStream } from '../../src/domain/stream-names.ts'
import { beginDirect } from './begin-direct.ts'
import type { Device, DeviceEvents, Server } from './connection.ts'
import { connectFrame, type EventFrame, type Frame } from './frames.ts'
import { createMessageChain, type MessageChain, type Refusal } from './message-chain.ts'
import { hangUp, openSocket } from './open-socket.ts'
import { createReceipts } from './receipts.ts'

const fail = (user: string, problem: string): never => {
  throw new Error(`${user}: ${problem}`)
}

export const openBackscrollDevice = async (
  { url, rest }: Server,
  user: string,
  token: string,
  events: DeviceEvents,
): Promise<Device> => {
  const socket = await openSocket(url, token)
  const receipts = createReceipts((frame) => socket.send(frame))
  const chains = new Map<string, MessageChain>()
  let lastId = 1
  let connected = (): void => undefined
  const ready = new Promise<void>((resolve) => {
    connected = resolve
  })

  const chainTo = (peer: string): MessageChain => {
    const existing = chains.get(peer)
    if (existing !== undefined) return existing
    const chain = createMessageChain(directConversationId(user, peer), {
      send: (frame) => socket.send(frame),
      nextId: () => (lastId += 1),
      acknowledged: (number) => events.acknowledged(peer, number),
      refused: () => events.refused(),
    })
    chains.set(peer, chain)
    return chain
  }
  const chainOf = (id: number): MessageChain | undefined => [...chains.values()].find((chain) => chain.has(id))

  const settled = (id: number): void => {
    if (id === 1) connected()
    else chainOf(id)?.settled(id)
  }
  const refused = (id: number, refusal: Refusal & { readonly message: string }): void => {
    if (chainOf(id)?.refused(id, refusal) !== true) fail(user, `${refusal.code} ${refusal.message}`)
  }

  const arrived = ({ type, stream, revision, at, actor, data }: EventFrame): void => {
    if (type !== 'MessageSent' || actor.userId === user || data.seq === undefined) return
    receipts.delivered(stream.id, data.seq)
    events.delivered(actor.userId, data.seq, { stream: conversationStream(stream.id), revision, at })
  }

  socket.on('message', (data: RawData) => {
    const frame: Frame = JSON.parse(String(data))
    if (frame.type === 'events') for (const event of frame.events) arrived(event)
    else if (frame.type === 'reply') settled(frame.id)
    else if (frame.type === 'error') refused(frame.id ?? 0, frame)
    else if (frame.type === 'resync_needed') fail(user, frame.type)
  })
  socket.send(connectFrame('phone'))
  await ready

  return {
    user,
    begin: (peer) => beginDirect({ rest, token, user, peer }),
    send: (peer) => chainTo(peer).next(),
    close: () => {
      receipts.stop()
      for (const chain of chains.values()) chain.stop()
      hangUp(socket)
    },
  }
}
