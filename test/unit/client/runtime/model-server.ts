import { type ClientFrame, clientFrame, type SendMessageFrame } from '@backscroll/protocol/client-frames'
import { errorKinds } from '@backscroll/protocol/errors'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { contentOf, envelopeOf } from '../../../../packages/client/src/content/outgoing-content.ts'
import type { ClientWebSocket, OpenWebSocket } from '../../../../packages/client/src/platform/web-socket.ts'
import type { ConversationCommand, SendMessage } from '../../../../src/domain/conversation/conversation-commands.ts'
import { type Actor, deviceId, messageId, userId } from '../../../../src/domain/ids.ts'
import { privateMessageFrame } from '../../../support/groups/mls-frames.ts'
import type { VirtualClock } from '../time/virtual-clock.ts'
import { createModelLog, type Outcome } from './model-log.ts'

/** What goes wrong with one frame or request of the client. */
export type Fault =
  | 'none'
  /** The connection breaks before it arrives. */
  | 'lost'
  /** It has its effect, then the connection breaks. */
  | 'answer_lost'
  /** Refused for now, without effect. */
  | 'unavailable'
  /** It has its effect, and is answered with a temporary error. */
  | 'failed_late'
  /** The connection breaks; it arrives later, from a socket that the client has given up. */
  | 'stale'

export interface ModelServer {
  readonly open: OpenWebSocket
  readonly fetch: typeof fetch
  readonly log: ReturnType<typeof createModelLog>
  /** Another user's command; its event is pushed, unless the push is to be lost. `said`: default: the message's id. */
  act(conversationId: string, command: ConversationCommand, pushed: boolean, said?: Said): Outcome
  /** What was under way on sockets that are gone arrives now. */
  deliverStale(): void
  /** Breaks the connection. */
  cut(): void
  frames(): number
}

interface ServerSocket extends ClientWebSocket {
  say(frame: object): void
  breakOff(code: number): void
  live: boolean
  /** It was not pushed everything: heartbeats name no position any more. */
  behind: boolean
}

const heartbeatMs = 300
const pageSize = 3

const errorFrame = (id: number, code: keyof typeof errorKinds, details: object = {}) => ({
  type: 'error',
  id,
  code,
  message: code,
  temporary: errorKinds[code].temporary,
  details,
})

const commandOf = (frame: SendMessageFrame, actor: Actor): ConversationCommand => ({
  type: 'SendMessage',
  actor,
  at: frame.sentAt ?? 0,
  messageId: messageId(frame.messageId),
  clientSeq: frame.clientSeq,
  afterClientSeq: frame.afterClientSeq,
  ...(frame.sentAt !== undefined && { sentAt: frame.sentAt }),
  ...(frame.control && { control: true }),
  ...(frame.relatesTo && { relatesTo: { ...frame.relatesTo, messageId: messageId(frame.relatesTo.messageId) } }),
})

const resultOf = ({ stream, revision, position, at, data }: WireEvent, duplicate: boolean) => {
  const target = data.target as { readonly seq: number } | undefined
  const seq = data.seq ?? target?.seq ?? 0
  return { messageId: data.messageId, conversationId: stream.id, seq, revision, position, acceptedAt: at, duplicate }
}

type Said = Parameters<typeof envelopeOf>[1]

/** What another user sends. */
const frameOf = (conversationId: string, { messageId, control }: SendMessage, said: Said | undefined): string => {
  const content = said ?? contentOf('text', new TextEncoder().encode(messageId))
  return privateMessageFrame(
    { conversationId, epoch: 0 },
    envelopeOf({ messageId, ...(control && { control }) }, content),
  )
}

/** A faithful small server over the real decider, in which every frame can go wrong. */
export const createModelServer = (
  me: { userId: string; deviceId: string },
  nextFault: () => Fault,
  clock: Pick<VirtualClock, 'after'>,
): ModelServer => {
  const actor: Actor = { userId: userId(me.userId), deviceId: deviceId(me.deviceId) }
  let socket: ServerSocket | undefined
  let pushing = true
  let frames = 0
  const stale: (() => void)[] = []

  const own = (event: WireEvent) => event.actor.userId === me.userId && event.actor.deviceId === me.deviceId
  const log = createModelLog((event) => {
    if (!pushing && socket !== undefined) socket.behind = true
    const receiver = pushing && !own(event) ? socket : undefined
    // Acknowledgements go before events.
    queueMicrotask(() => receiver?.live && receiver.say({ type: 'events', events: [event] }))
  })

  const pageSince = (since: string) => {
    const events = log.events.slice(Number(since), Number(since) + pageSize)
    const checkpoint = String(Number(since) + events.length)
    return { events, receipts: [], checkpoint, more: Number(checkpoint) < log.events.length }
  }

  const serveConnect = (to: ServerSocket, frame: Extract<ClientFrame, { type: 'connect' }>) => {
    const recovered = frame.since !== undefined
    const limits = { heartbeatMs, maxFrameBytes: 1e6, maxInFlight: 8, rates: { framesPerSecond: 1000, burst: 1000 } }
    to.say({ type: 'reply', id: frame.id, result: { sessionId: 's', ...me, ...limits, serverTime: 0, recovered } })
    if (frame.since === undefined) return
    let page = pageSince(frame.since)
    for (; ; page = pageSince(page.checkpoint)) {
      to.say({ type: 'events', events: page.events, receipts: [], checkpoint: page.checkpoint })
      if (!page.more) break
    }
    to.say({ type: 'caught_up', checkpoint: page.checkpoint })
    to.live = true
    beat(to)
  }

  const beat = (to: ServerSocket) => {
    clock.after(heartbeatMs, () => {
      if (!to.live) return
      to.say({ type: 'heartbeat', ...(to.behind ? {} : { checkpoint: String(log.events.length) }) })
      beat(to)
    })
  }

  const serveMessage = (frame: SendMessageFrame) => {
    const outcome = log.execute(frame.conversationId ?? '', commandOf(frame, actor), frame.ciphertext ?? null)
    return outcome.kind === 'accepted'
      ? { type: 'reply', id: frame.id, result: resultOf(outcome.event, outcome.duplicate) }
      : errorFrame(frame.id, outcome.code, outcome.details)
  }

  const serve = (to: ServerSocket, frame: ClientFrame) => {
    if (frame.type === 'connect') return serveConnect(to, frame)
    if (frame.type === 'send_message') to.say(serveMessage(frame))
    else if (frame.type === 'sync') to.say({ type: 'reply', id: frame.id, result: pageSince(frame.since) })
    else if (frame.id !== undefined) to.say({ type: 'reply', id: frame.id, result: {} })
  }

  const receive = (from: ServerSocket, text: string) => {
    frames += 1
    const frame = clientFrame.parse(JSON.parse(text))
    const fault = nextFault()
    if (from !== socket) return
    if (fault === 'stale') stale.push(() => frame.type === 'send_message' && serveMessage(frame))
    if (fault === 'lost' || fault === 'stale') return from.breakOff(4000)
    if (fault === 'unavailable' && frame.id !== undefined) return from.say(errorFrame(frame.id, 'unavailable'))
    if (fault === 'failed_late' && frame.type === 'send_message') {
      serveMessage(frame)
      return from.say(errorFrame(frame.id, 'internal'))
    }
    if (fault === 'answer_lost') {
      if (frame.type === 'send_message') serveMessage(frame)
      return from.breakOff(1006)
    }
    serve(from, frame)
  }

  const open: OpenWebSocket = () => {
    let closed = false
    const opened: ServerSocket = {
      ...{ onopen: null, onmessage: null, onclose: null, onerror: null, live: false, behind: false },
      send: (text) => queueMicrotask(() => !closed && receive(opened, text)),
      close: () => {
        closed = true
        opened.live = false
        if (socket === opened) socket = undefined
      },
      say: (frame) => {
        const data = JSON.stringify(frame)
        queueMicrotask(() => !closed && opened.onmessage?.({ data }))
      },
      breakOff: (code) => {
        const { onclose } = opened
        opened.close()
        queueMicrotask(() => onclose?.({ code }))
      },
    }
    socket = opened
    queueMicrotask(() => opened.onopen?.())
    return opened
  }

  const snapshotBody = () => ({ conversations: [], checkpoint: '0' })
  const serveRest = (method: string, path: string, body: Record<string, unknown>) => {
    if (['/blocks', '/requests', '/inbox', '/marks', '/stars'].includes(path)) return Response.json({ items: [] })
    if (method === 'GET') return Response.json(snapshotBody())
    const numbers = { clientSeq: Number(body.clientSeq), afterClientSeq: Number(body.afterClientSeq) }
    const [, , id = ''] = path.split('/')
    const command = { type: 'RenameConversation' as const, actor, at: 0, ...numbers, name: String(body.name) }
    const outcome = log.execute(id, command, null)
    if (outcome.kind === 'accepted') return Response.json(resultOf(outcome.event, outcome.duplicate))
    const { code, details } = outcome
    return Response.json({ code, detail: code, temporary: errorKinds[code].temporary, details }, { status: 409 })
  }
  const request: typeof fetch = async (input, init = {}) => {
    const { method = 'GET', body } = init
    const parsed = typeof body === 'string' ? JSON.parse(body) : {}
    const fault = method === 'GET' ? 'none' : nextFault()
    const serveIt = () => serveRest(method, new URL(String(input)).pathname, parsed)
    if (fault === 'stale') stale.push(serveIt)
    if (fault === 'lost' || fault === 'stale') throw new TypeError('fetch failed')
    if (fault === 'unavailable') return Response.json({ code: 'unavailable', temporary: true }, { status: 503 })
    const response = serveIt()
    if (fault === 'answer_lost' || fault === 'failed_late') throw new TypeError('fetch failed')
    return response
  }

  return {
    open,
    fetch: request,
    log,
    act: (id, command, pushed, said) => {
      pushing = pushed
      const ciphertext = command.type === 'SendMessage' ? frameOf(id, command, said) : null
      const outcome = log.execute(id, command, ciphertext)
      pushing = true
      return outcome
    },
    deliverStale: () => {
      for (const arrive of stale.splice(0)) arrive()
    },
    cut: () => socket?.breakOff(4000),
    frames: () => frames,
  }
}
