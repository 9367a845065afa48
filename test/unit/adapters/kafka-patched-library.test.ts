import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const require = createRequire(import.meta.url)

interface Queue {
  readonly pending: unknown[]
  push(request: object): void
  fulfillRequest(answer: object): void
  destroy(): void
}

const logger = { debug: () => {}, error: () => {}, warn: () => {}, namespace: () => logger }

/** The queue of one connection, as the library makes it. */
const createQueue = (maxInFlightRequests: number): Queue => {
  const RequestQueue = require('kafkajs/src/network/requestQueue/index.js')
  return new RequestQueue({
    ...{ maxInFlightRequests, requestTimeout: 30_000, enforceRequestTimeout: false },
    ...{ clientId: 'test', broker: 'localhost:9092', logger },
  })
}

const request = (correlationId: number) => ({
  entry: { correlationId, apiKey: 1, apiVersion: 1, apiName: 'Fetch', resolve: () => {}, reject: () => {} },
  expectResponse: true,
  requestTimeout: 30_000,
  sendRequest: () => {},
})

const answer = (correlationId: number) => ({ correlationId, payload: Buffer.alloc(0), size: 0 })

describe('the queue of requests of a Kafka connection, as it is mended at install', () => {
  let queue: Queue
  beforeEach(() => {
    vi.useFakeTimers()
    queue = createQueue(1)
  })
  afterEach(() => {
    queue.destroy()
    vi.useRealTimers()
  })

  it('wakes up for nothing once everything is answered', () => {
    queue.push(request(1))
    queue.fulfillRequest(answer(1))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('looks again while a request waits for its turn, and sends it', () => {
    queue.push(request(1))
    queue.push(request(2))
    expect([queue.pending.length, vi.getTimerCount()]).toEqual([1, 1])
    queue.fulfillRequest(answer(1))
    expect(queue.pending).toEqual([])
    queue.fulfillRequest(answer(2))
    vi.advanceTimersByTime(60_000)
    expect(vi.getTimerCount()).toBe(0)
  })
})
