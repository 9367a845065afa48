import { type ServerFrame, serverFrame } from '@backscroll/protocol/server-frames'
import { WebSocket } from 'ws'
import type { TestDevice } from '../accounts/device-keys.ts'
import { signProof } from '../accounts/device-proof.ts'

type Answer = Extract<ServerFrame, { type: 'reply' | 'error' }>
type OfType<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>

/** A bare client which only does what a test tells it. Whatever it gets must be a frame of the protocol. */
export interface ServerSocket {
  readonly ws: WebSocket
  readonly frames: readonly ServerFrame[]
  send(frame: object): void
  /** Sends the frame with an id of its own and waits for the answer; undefined when the socket closed before. */
  ask(frame: object): Promise<Answer | undefined>
  connect(since?: string): Promise<Answer | undefined>
  ofType<Type extends ServerFrame['type']>(type: Type): OfType<Type>[]
  /** Waits until something that came in meets it. */
  until<Found>(find: () => Found | undefined, what: string): Promise<Found>
  /** The close code, once it has closed. */
  closed(): Promise<number>
  /** Ends it without a word. */
  drop(): void
}

const patienceMs = 15_000

/** Opens a socket; rejects with the status when the server refuses the upgrade. */
export const openSocket = async (
  url: string,
  token: string,
  device = 'phone',
  keys?: Pick<TestDevice, 'keys'>,
): Promise<ServerSocket> => {
  const headers = { authorization: `Bearer ${token}` }
  const ws = new WebSocket(url, ['backscroll.v1'], { headers, perMessageDeflate: false })
  const frames: ServerFrame[] = []
  const answers = new Map<number, Answer>()
  const looking = new Set<() => boolean>()
  let closeCode: number | undefined
  let nextId = 1

  const look = () => {
    for (const found of looking) if (found()) looking.delete(found)
  }
  ws.on('message', (data) => {
    const frame = serverFrame.parse(JSON.parse(String(data)))
    frames.push(frame)
    if ((frame.type === 'reply' || frame.type === 'error') && frame.id !== undefined) answers.set(frame.id, frame)
    look()
  })
  ws.on('close', (code) => {
    closeCode = code
    look()
  })
  ws.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
    ws.once('unexpected-response', (_request, response) => reject(new Error(`HTTP ${response.statusCode}`)))
  })

  const until: ServerSocket['until'] = (find, what) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Waited too long for ${what}`)), patienceMs)
      const found = () => {
        const value = find()
        if (value === undefined) return false
        clearTimeout(timer)
        resolve(value)
        return true
      }
      if (!found()) looking.add(found)
    })
  const ask = async (frame: object) => {
    const id = nextId
    nextId += 1
    ws.send(JSON.stringify({ ...frame, id }))
    const answer = await until(
      () => answers.get(id) ?? (closeCode === undefined ? undefined : 'closed'),
      `answer ${id}`,
    )
    answers.delete(id)
    return answer === 'closed' ? undefined : answer
  }

  /** The answer of a registered device. */
  const answerTo = async (device: Pick<TestDevice, 'keys'> | undefined) => {
    if (device === undefined) return {}
    const asked = await until(() => frames.find((frame) => frame.type === 'challenge'), 'the challenge')
    const about = { method: 'GET', url: url.replace(/^ws/, 'http'), token, nonce: asked.challenge }
    return { proof: await signProof(device, about) }
  }

  return {
    ws,
    frames,
    ask,
    until,
    send: (frame) => ws.send(JSON.stringify(frame)),
    connect: async (since) => {
      const client = { name: 'test', version: '1', platform: 'node' }
      return ask({ type: 'connect', deviceId: device, client, since, ...(await answerTo(keys)) })
    },
    ofType: <Type extends ServerFrame['type']>(type: Type) =>
      frames.filter((frame): frame is OfType<Type> => frame.type === type),
    closed: () => until(() => closeCode, 'the close'),
    drop: () => ws.terminate(),
  }
}
