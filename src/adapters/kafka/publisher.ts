import type { Producer, RecordMetadata } from 'kafkajs'
import type { BusSlice } from '../../ports/event-bus.ts'
import { type BusMessage, toMessages } from './bus-messages.ts'
import type { Reconnecting } from './reconnecting.ts'

export interface PublisherDeps {
  readonly producer: Pick<Reconnecting<Pick<Producer, 'send'>>, 'use'>
  readonly topic: string
  readonly partitions: number
  /** How much the topic accepts in one batch. */
  readonly limitBytes: number
  /** After this time it is unknown whether the slices are there. */
  readonly timeoutMs: number
}

/** Large enough to be fast, small enough to be gone soon. */
const batchBytes = 512 * 1024

/** The overhead of one message in Kafka, and some reserve. */
const overheadBytes = 128

const bytesOf = ({ key, value, headers }: BusMessage): number => {
  const texts = [key ?? '', ...Object.entries(headers).flat()]
  return overheadBytes + (value?.length ?? 0) + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}

/**
 * Requests to be sent one after another. None has more than `limit` bytes for any partition, unless a single
 * message has.
 */
const requestsOf = (messages: readonly BusMessage[], limit: number): readonly (readonly BusMessage[])[] => {
  const requests: BusMessage[][] = []
  const filled = new Map<number, { request: number; bytes: number }>()
  for (const message of messages) {
    const bytes = bytesOf(message)
    const last = filled.get(message.partition) ?? { request: 0, bytes: 0 }
    const fits = last.bytes === 0 || last.bytes + bytes <= limit
    const at = fits ? { ...last, bytes: last.bytes + bytes } : { request: last.request + 1, bytes }
    filled.set(message.partition, at)
    const request = requests[at.request] ?? []
    request.push(message)
    requests[at.request] = request
  }
  return requests
}

const late = () => new Error('Kafka has not confirmed in time that it took what was published')

/** Begins nothing after the deadline, by the clock of `performance`. */
const before = async <Result>(deadline: number, work: () => Promise<Result>): Promise<Result> => {
  const left = deadline - performance.now()
  if (left <= 0) throw late()
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), left)
  try {
    return await Promise.race([work(), promise])
  } finally {
    clearTimeout(timer)
  }
}

/** kafkajs silently leaves out partitions whose leader it does not know. */
const checkConfirmed = (request: readonly BusMessage[], confirmed: readonly RecordMetadata[]): void => {
  const taken = new Set(confirmed.filter(({ errorCode }) => errorCode === 0).map(({ partition }) => partition))
  const missing = request.find(({ partition }) => !taken.has(partition))
  if (missing !== undefined)
    throw new Error(`Kafka has not confirmed what was published to partition ${missing.partition}`)
}

/**
 * Publications go one after another; each waits until all in-sync replicas have it. One that was given up may still
 * arrive, before or after what follows it.
 */
export const createPublisher = (deps: PublisherDeps): ((slices: readonly BusSlice[]) => Promise<void>) => {
  const { producer, topic, partitions, limitBytes, timeoutMs } = deps
  const limit = Math.min(batchBytes, limitBytes * 0.9)
  let last: Promise<unknown> = Promise.resolve()

  /** A request that is given up takes its connection with it, so that the next one does not wait behind it. */
  const send = (messages: readonly BusMessage[], deadline: number): Promise<void> =>
    producer.use(async (client) => {
      for (const request of requestsOf(messages, limit)) {
        const sending = () => client.send({ topic, acks: -1, timeout: timeoutMs, messages: [...request] })
        checkConfirmed(request, await before(deadline, sending))
      }
    })

  return async (slices) => {
    const unknown = slices.find(({ partition }) => !(partition >= 0 && partition < partitions))
    if (unknown !== undefined) throw new RangeError(`There is no partition ${unknown.partition}`)
    const messages = slices.flatMap(toMessages)
    const deadline = performance.now() + timeoutMs
    const sending = last.then(() => before(deadline, () => send(messages, deadline)))
    last = sending.catch(() => undefined)
    await sending
  }
}
