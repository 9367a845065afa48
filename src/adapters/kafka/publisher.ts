import type { Producer } from 'kafkajs'
import type { BusSlice } from '../../ports/event-bus.ts'
import { type BusMessage, toMessages } from './bus-messages.ts'

export interface PublisherDeps {
  readonly connect: () => Promise<Producer>
  readonly topic: string
  readonly partitions: number
  /** What the topic takes in one batch. */
  readonly limitBytes: number
  /** After this time it is not certain whether the slices are there. */
  readonly timeoutMs: number
}

/** Large enough to be fast, small enough to be gone soon. */
const batchBytes = 512 * 1024

/** What Kafka adds to one message, and more. */
const overheadBytes = 128

const bytesOf = ({ key, value, headers }: BusMessage): number => {
  const texts = [key ?? '', ...Object.entries(headers).flat()]
  return overheadBytes + (value?.length ?? 0) + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}

/** Requests to be made one after another, none of which has more than `limit` bytes of any partition, unless a single message has. */
const requestsOf = (messages: readonly BusMessage[], limit: number): readonly (readonly BusMessage[])[] => {
  const requests: BusMessage[][] = []
  const filled = new Map<number, { request: number; bytes: number }>()
  for (const message of messages) {
    const bytes = bytesOf(message)
    const before = filled.get(message.partition) ?? { request: 0, bytes: 0 }
    const fits = before.bytes === 0 || before.bytes + bytes <= limit
    const at = fits ? { ...before, bytes: before.bytes + bytes } : { request: before.request + 1, bytes }
    filled.set(message.partition, at)
    const request = requests[at.request] ?? []
    request.push(message)
    requests[at.request] = request
  }
  return requests
}

const late = () => new Error('Kafka has not confirmed in time that it took what was published')

const within = async <Result>(work: Promise<Result>, ms: number): Promise<Result> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Publications go one after another, each waits until all in-sync replicas have it. One that was given up may still arrive, before or after what follows it.
 */
export const createPublisher = (deps: PublisherDeps): ((slices: readonly BusSlice[]) => Promise<void>) => {
  const { connect, topic, partitions, limitBytes, timeoutMs } = deps
  const limit = Math.min(batchBytes, limitBytes * 0.9)
  let last: Promise<unknown> = Promise.resolve()

  const send = async (messages: readonly BusMessage[], deadline: number): Promise<void> => {
    for (const request of requestsOf(messages, limit)) {
      if (performance.now() > deadline) throw late()
      const producer = await connect()
      await producer.send({ topic, acks: -1, timeout: timeoutMs / 3, messages: [...request] })
    }
  }

  return async (slices) => {
    const unknown = slices.find(({ partition }) => !(partition >= 0 && partition < partitions))
    if (unknown !== undefined) throw new RangeError(`There is no partition ${unknown.partition}`)
    const messages = slices.flatMap(toMessages)
    const deadline = performance.now() + timeoutMs
    const sending = last.then(() => send(messages, deadline))
    last = sending.catch(() => undefined)
    await within(sending, timeoutMs)
  }
}
