import { randomUUID } from 'node:crypto'
import { type ServerFrame, serverFrame } from '@backscroll/protocol/server-frames'
import { WebSocket } from 'ws'
import { encryptedTo } from '../groups/beginning.ts'
import { token } from './world.ts'

/** A client that only does what a test tells it. Every frame it gets must be one of the protocol's. */
export type TestClient = Awaited<ReturnType<typeof openClient>>

export interface ClientOptions {
  readonly user: string
  readonly device?: string
  readonly lifetimeMs?: number
  readonly autoPong?: boolean
}

type Waiter = () => boolean

export const openClient = async (url: string, options: ClientOptions) => {
  const { user, device = 'phone', lifetimeMs, autoPong = true } = options
  const headers = { authorization: `Bearer ${token(user, device, lifetimeMs)}` }
  const ws = new WebSocket(url, ['backscroll.v1'], { headers, autoPong, perMessageDeflate: false })
  const frames: ServerFrame[] = []
  const waiters = new Set<Waiter>()
  let closeCode: number | undefined
  let nextId = 1

  const wake = (): void => {
    for (const waiter of waiters) if (waiter()) waiters.delete(waiter)
  }
  ws.on('message', (data) => {
    frames.push(serverFrame.parse(JSON.parse(data.toString())))
    wake()
  })
  ws.on('close', (code) => {
    closeCode = code
    wake()
  })
  ws.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    ws.once('open', () => resolve())
    ws.once('error', reject)
  })

  const until = <Value>(find: () => Value | undefined, what: string): Promise<Value> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited too long for ${what}; got ${JSON.stringify(frames)}`)),
        5_000,
      )
      const waiter = (): boolean => {
        const value = find()
        if (value === undefined) return false
        clearTimeout(timer)
        resolve(value)
        return true
      }
      if (!waiter()) waiters.add(waiter)
    })

  const ofType = <Type extends ServerFrame['type']>(type: Type): Extract<ServerFrame, { type: Type }>[] =>
    frames.filter((frame): frame is Extract<ServerFrame, { type: Type }> => frame.type === type)

  const answer = (id: number) =>
    until(
      () => frames.find((frame) => (frame.type === 'reply' || frame.type === 'error') && frame.id === id),
      `answer ${id}`,
    )

  const request = (frame: Readonly<Record<string, unknown>>) => {
    const id = nextId
    nextId += 1
    ws.send(JSON.stringify({ ...frame, id }))
    return answer(id)
  }

  const events = () => ofType('events').flatMap((frame) => frame.events)

  return {
    ws,
    frames,
    events,
    ofType,
    answer,
    request,
    raw: (text: string | Buffer) => ws.send(text),
    send: (frame: Readonly<Record<string, unknown>>) => ws.send(JSON.stringify(frame)),
    next: <Type extends ServerFrame['type']>(type: Type, count = 1) =>
      until(() => ofType(type)[count - 1], `${type} number ${count}`),
    eventCount: (count: number) => until(() => (events().length >= count ? true : undefined), `${count} events`),
    closeCode: () => closeCode,
    closed: () => until(() => closeCode, 'the close'),
    connect: (since?: string) =>
      request({ type: 'connect', deviceId: device, client: { name: 't', version: '1', platform: 'node' }, since }),
    message: (conversationId: string, clientSeq: number, ciphertext = encryptedTo(conversationId)) =>
      request({
        ...{ type: 'send_message', conversationId, messageId: randomUUID(), ciphertext },
        ...{ clientSeq, afterClientSeq: clientSeq - 1 },
      }),
  }
}
