import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { startGroup } from '../server/conversation.ts'
import { restOf } from '../server/rest.ts'
import type { Tokens } from '../server/tokens.ts'

/** What came of a flood, times in milliseconds. */
export interface Flood {
  /** From the answer to the delivery. */
  readonly deliveries: readonly number[]
  readonly refusals: { readonly code: string; readonly retryAfterMs: number | undefined }[]
  /** Stops when everything that was accepted is delivered; rejects with what is missing. */
  stop(): Promise<void>
  missing(): number
}

export interface FloodOptions {
  readonly url: string
  readonly socketUrl: string
  readonly tokens: Tokens
  readonly pairs: number
  /** Messages of one sender under way at once. */
  readonly window: number
}

const hello = (deviceId: string) => ({
  ...{ type: 'connect', id: 1, deviceId },
  client: { name: 'flood', version: '1', platform: 'node' },
})

const openBare = async (url: string, token: string, onFrame: (text: string) => void): Promise<WebSocket> => {
  const ws = new WebSocket(url, ['backscroll.v1'], {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  })
  const live = Promise.withResolvers<void>()
  ws.on('message', (data) => {
    const text = String(data)
    if (text.startsWith('{"type":"reply","id":1,')) live.resolve()
    onFrame(text)
  })
  ws.on('error', live.reject)
  ws.on('open', () => ws.send(JSON.stringify(hello('phone'))))
  await live.promise
  return ws
}

const patienceMs = 60_000

/** Senders that know no measure: each sends its next message at once, and what was refused again when it may; and somebody who listens to each. */
export const startFlood = async (options: FloodOptions): Promise<Flood> => {
  const { url, socketUrl, tokens, pairs, window } = options
  const deliveries: number[] = []
  const refusals: Flood['refusals'] = []
  const undelivered = new Map<string, number>()
  const early = new Set<string>()
  const sockets: WebSocket[] = []
  let stopped = false

  const accepted = (key: string): void => {
    if (early.delete(key)) deliveries.push(0)
    else undelivered.set(key, performance.now())
  }
  const delivered = (key: string): void => {
    const at = undelivered.get(key)
    if (at === undefined) early.add(key)
    else deliveries.push(performance.now() - at)
    undelivered.delete(key)
  }

  /** In order: what follows on what was refused goes again as well. */
  const send = async (ws: WebSocket, answers: Map<number, (text: string) => void>, conversation: Conversation) => {
    let nextId = 2
    const ask = (frame: object): Promise<string> => {
      const id = nextId
      nextId += 1
      const answer = new Promise<string>((resolve) => answers.set(id, resolve))
      ws.send(JSON.stringify({ ...frame, id }))
      return answer
    }
    for (let last = conversation.begun; !stopped; ) {
      const batch = Array.from({ length: window }, (_, index) => {
        const clientSeq = last + index + 1
        const messageId = randomUUID()
        const { conversationId, group } = conversation
        const frame = { type: 'send_message', conversationId, messageId, ciphertext: group.message(messageId) }
        return { ...frame, clientSeq, afterClientSeq: clientSeq - 1 }
      })
      const results = (await Promise.all(batch.map(ask))).map((text) => JSON.parse(text))
      let waitMs = 0
      for (const answer of results) {
        if (answer.type === 'reply') {
          last += 1
          accepted(`${answer.result.conversationId}@${answer.result.revision}`)
        } else if (answer.code !== 'client_seq_gap') {
          refusals.push(answer)
          waitMs = Math.max(waitMs, answer.retryAfterMs ?? 0)
        }
      }
      if (waitMs > 0) await sleep(waitMs * (1 + Math.random() / 2))
    }
  }

  interface Conversation extends Awaited<ReturnType<typeof startGroup>> {
    readonly begun: number
  }
  const senders: (() => Promise<void>)[] = []
  for (let index = 0; index < pairs; index += 1) {
    const [from, to] = [`flood-${index}-a`, `flood-${index}-b`]
    const [sender, receiver] = [await restOf(url, tokens, from), await restOf(url, tokens, to)]
    const conversation = { ...(await startGroup(sender, [receiver])), begun: 1 }
    const answers = new Map<number, (text: string) => void>()
    const listener = await openBare(socketUrl, await tokens(to), (text) => {
      if (!text.startsWith('{"type":"events"')) return
      for (const { type, stream, revision } of JSON.parse(text).events)
        if (type === 'MessageSent') delivered(`${stream.id}@${revision}`)
    })
    const talker = await openBare(socketUrl, await tokens(from), (text) => {
      const [, id] = /^\{"type":"(?:reply|error)","id":(\d+),/.exec(text) ?? []
      answers.get(Number(id))?.(text)
      answers.delete(Number(id))
    })
    sockets.push(listener, talker)
    senders.push(() => send(talker, answers, conversation))
  }
  const sending = senders.map((begin) => begin())

  return {
    deliveries,
    refusals,
    missing: () => undelivered.size,
    stop: async () => {
      stopped = true
      await Promise.all(sending)
      const until = performance.now() + patienceMs
      while (undelivered.size > 0 && performance.now() < until) await sleep(50)
      for (const ws of sockets) ws.terminate()
      if (undelivered.size > 0) throw new Error(`${undelivered.size} accepted messages were not delivered`)
    },
  }
}
