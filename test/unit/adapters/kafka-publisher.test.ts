import type { ProducerRecord, RecordMetadata } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createPublisher } from '../../../src/adapters/kafka/publisher.ts'
import { busSlice } from '../../support/event-bus/slices.ts'

type Send = (record: ProducerRecord) => Promise<RecordMetadata[]>

const confirm = (...partitions: number[]): RecordMetadata[] =>
  partitions.map((partition) => ({ topicName: 'events', partition, errorCode: 0 }))

const partitionsOf = ({ messages }: ProducerRecord): number[] => messages.map(({ partition }) => partition ?? -1)

const publisherOver = (send: Send, timeoutMs = 5_000) =>
  createPublisher({
    producer: { use: (work) => work({ send }) },
    topic: 'events',
    partitions: 3,
    limitBytes: 10_000,
    timeoutMs,
  })

describe('publishing to Kafka', () => {
  it('fails when one of the partitions was left out of the confirmation', async () => {
    const slices = [busSlice(0, 0n, [1n]), busSlice(1, 0n, [2n])]
    await expect(publisherOver(async () => confirm(0))(slices)).rejects.toThrow(/partition 1/)
    await publisherOver(async () => confirm(1, 0))(slices)
  })

  it('sends no more of a publication after a part of it failed', async () => {
    const sent: number[] = []
    const publish = publisherOver(async ({ messages }) => {
      sent.push(messages.length)
      throw new Error('no')
    })
    const large = busSlice(
      0,
      0n,
      Array.from({ length: 100 }, (_, index) => BigInt(index) + 1n),
    )
    await expect(publish([large])).rejects.toThrow('no')
    expect(sent).toHaveLength(1)
  })

  it('puts no more of a partition into one request than the topic takes, and keeps the order', async () => {
    const requests: ProducerRecord[] = []
    const publish = publisherOver(async (record) => {
      requests.push(record)
      return confirm(...new Set(partitionsOf(record)))
    })
    const positions = Array.from({ length: 100 }, (_, index) => BigInt(index) + 1n)
    await publish([busSlice(0, 0n, positions), busSlice(2, 0n, [1n])])
    expect(requests.length).toBeGreaterThan(1)
    for (const { messages } of requests) {
      const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
      expect(bytes).toBeLessThan(10_000)
    }
    const own = requests.flatMap(({ messages }) => messages.filter(({ partition }) => partition === 0))
    expect(own.map(({ headers }) => headers?.position)).toEqual(positions.map(String))
  })

  it('gives up what is not confirmed in time, and goes on with the next', async () => {
    let calls = 0
    const publish = publisherOver((record) => {
      calls += 1
      return calls === 1 ? new Promise(() => {}) : Promise.resolve(confirm(...partitionsOf(record)))
    }, 200)
    await expect(publish([busSlice(0, 0n, [1n])])).rejects.toThrow(/in time/)
    await publish([busSlice(0, 0n, [1n])])
    expect(calls).toBe(2)
  })
})
