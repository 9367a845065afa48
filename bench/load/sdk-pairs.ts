import { setTimeout as sleep } from 'node:timers/promises'
import type { BackscrollClient } from '../../packages/client/src/api/client-api.ts'
import type { Content } from '../../packages/client/src/content/message-content.ts'
import { createLatencies, type Percentiles } from './latencies.ts'
import { openMany } from './open-socket.ts'
import { openSdkClient } from './sdk-client.ts'
import { text } from './text-message.ts'
import type { TokenSource } from './token-source.ts'

export interface SdkPairsOptions {
  /** Base URL. */
  readonly url: string
  readonly pairs: number
  /** Messages of each pair a second. */
  readonly rate: number
  readonly seconds: number
}

export interface SdkPairsResult {
  readonly sent: number
  readonly delivered: number
  /** Messages that came twice, or not in the order in which they were sent. */
  readonly wrong: number
  readonly latencies: Percentiles
  readonly seconds: number
}

interface SdkPair {
  readonly sender: BackscrollClient
  readonly receiver: BackscrollClient
  readonly receiverId: string
  readonly due: number[]
  delivered: number
}

const numbered = (number: number) => ({ text: `${number} ${text}`.slice(0, text.length) })
const numberOf = (content: Content | undefined): number =>
  content?.type === 'text' ? Number.parseInt(content.body.text, 10) : Number.NaN

/** The conversation and its encryption group are there before anything is measured. */
const begin = async (sender: BackscrollClient, receiver: BackscrollClient, receiverId: string): Promise<void> => {
  const shown = Promise.withResolvers<void>()
  const off = receiver.on('message', () => shown.resolve())
  await sender.send({ user: receiverId }, { text })
  await shown.promise
  off()
}

/** The real SDK: outbox, reconnects and resumes are its own; the application only sends and counts what it is handed. */
export const runSdkPairs = async (options: SdkPairsOptions, tokens: TokenSource): Promise<SdkPairsResult> => {
  const { url, rate, seconds } = options
  const latencies = createLatencies()
  let [sent, wrong] = [0, 0]

  const open = async (index: number): Promise<SdkPair> => {
    const [from, receiverId] = [`sdk-${index}-a`, `sdk-${index}-b`]
    const [sender, receiver] = [await openSdkClient(url, from, tokens), await openSdkClient(url, receiverId, tokens)]
    const pair: SdkPair = { sender, receiver, receiverId, due: [], delivered: 0 }
    await begin(sender, receiver, receiverId)
    receiver.on('message', ({ content }) => {
      if (numberOf(content) !== pair.delivered) wrong += 1
      latencies.record(performance.now() - (pair.due[pair.delivered] ?? 0))
      pair.delivered += 1
    })
    return pair
  }

  const send = (pair: SdkPair, due: number): void => {
    void pair.sender.send({ user: pair.receiverId }, numbered(pair.due.length))
    pair.due.push(due)
    sent += 1
  }

  const pairs = await openMany(
    Array.from({ length: options.pairs }, (_, index) => index),
    open,
  )
  const delivered = (): number => pairs.reduce((sum, pair) => sum + pair.delivered, 0)
  const [start, total] = [performance.now(), rate * seconds * pairs.length]
  while (sent < total) {
    const due = Math.min(total, ((performance.now() - start) * rate * pairs.length) / 1000)
    for (let pair = pairs[sent % pairs.length]; sent < due && pair !== undefined; pair = pairs[sent % pairs.length]) {
      send(pair, start + (sent * 1000) / (rate * pairs.length))
    }
    await sleep(5)
  }
  for (const end = performance.now() + 60_000; delivered() < sent && performance.now() < end; ) await sleep(20)
  const took = (performance.now() - start) / 1000
  // What comes twice comes late.
  await sleep(1000)
  await Promise.all(pairs.flatMap(({ sender, receiver }) => [sender.close(), receiver.close()]))
  return { sent, delivered: delivered(), wrong, latencies: latencies.percentiles(), seconds: took }
}
