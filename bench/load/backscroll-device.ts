import type { RawData } from 'ws'
import { directConversationId } from '../../src/protocol/direct-conversation-id.ts'
import { beginDirect } from './begin-direct.ts'
import { createSealer } from './ciphertext.ts'
import type { Device, DeviceEvents, Server } from './connection.ts'
import { connectFrame, type EventFrame, type Frame, messageFrame } from './frames.ts'
import { hangUp, openSocket } from './open-socket.ts'
import { createReceipts } from './receipts.ts'

interface Conversation {
  readonly peer: string
  readonly id: string
  readonly seal: () => string
  sent: number
  acknowledged: number
}

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
  const conversations = new Map<string, Conversation>()
  const byId = new Map<number, Conversation>()
  let lastId = 1
  let connected = (): void => undefined
  const ready = new Promise<void>((resolve) => {
    connected = resolve
  })

  const conversationWith = (peer: string): Conversation => {
    const existing = conversations.get(peer)
    if (existing !== undefined) return existing
    const id = directConversationId(user, peer)
    const conversation = { peer, id, seal: createSealer(id, 0), sent: 0, acknowledged: 0 }
    conversations.set(peer, conversation)
    return conversation
  }

  const settled = (id: number): void => {
    const conversation = byId.get(id)
    if (conversation === undefined) return connected()
    byId.delete(id)
    conversation.acknowledged += 1
    events.acknowledged(conversation.peer, conversation.acknowledged)
  }

  const arrived = ({ type, stream, revision, at, actor, data }: EventFrame): void => {
    if (type !== 'MessageSent' || actor.userId === user || data.seq === undefined) return
    receipts.delivered(stream.id, data.seq)
    events.delivered(actor.userId, data.seq, { stream: `conversation-${stream.id}`, revision, at })
  }

  socket.on('message', (data: RawData) => {
    const frame: Frame = JSON.parse(String(data))
    if (frame.type === 'events') for (const event of frame.events) arrived(event)
    else if (frame.type === 'reply') settled(frame.id)
    else if (frame.type === 'error') fail(user, `${frame.code} ${frame.message}`)
    else if (frame.type === 'resync_needed') fail(user, frame.type)
  })
  socket.send(connectFrame('phone'))
  await ready

  return {
    user,
    begin: (peer) => beginDirect({ rest, token, user, peer }),
    send: (peer) => {
      const conversation = conversationWith(peer)
      conversation.sent += 1
      lastId += 1
      byId.set(lastId, conversation)
      const { id, sent, seal } = conversation
      // Command 1 opened the conversation.
      socket.send(messageFrame(lastId, id, sent + 1, seal()))
    },
    close: () => {
      receipts.stop()
      hangUp(socket)
    },
  }
}
