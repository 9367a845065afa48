import { join } from 'node:path'
import {
  EventStoreDBClient,
  jsonEvent,
  StreamDeletedError,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client'
import { v5 } from 'uuid'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { type KurrentDouble, startKurrentDouble } from '../../../support/kurrentdb-double/double.ts'
import { startDoubleProcess } from '../../../support/kurrentdb-double/process.ts'

let cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
  cleanups = []
})

const event = (name: string) =>
  jsonEvent({ id: v5(name, v5.URL), type: 'Happened', data: { name }, metadata: { by: 'test' } })

const clientOf = (url: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(url)
  cleanups.push(() => client.dispose())
  return client
}

const start = async (): Promise<{ double: KurrentDouble; client: EventStoreDBClient }> => {
  const double = await startKurrentDouble()
  cleanups.push(() => double.close())
  return { double, client: clientOf(double.url) }
}

const namesIn = async (client: EventStoreDBClient, stream: string): Promise<string[]> => {
  const names: string[] = []
  for await (const { event: read } of client.readStream<ReturnType<typeof event>>(stream)) {
    if (read !== undefined) names.push(read.data.name)
  }
  return names
}

describe('The double of EventStoreDB, with the unmodified client', () => {
  it('gives each event of an append a position of its own, and answers with the last one', async () => {
    const { client } = await start()
    const { position } = await client.appendToStream('a', [event('x'), event('y')], { expectedRevision: 'no_stream' })
    const positions: unknown[] = []
    for await (const { event: read } of client.readStream('a')) positions.push(read?.position)
    expect(positions).toHaveLength(2)
    expect(positions[1]).toEqual(position)
    expect(positions[0]).not.toEqual(position)
  })

  it('takes the same events at the same revisions again, and none at others', async () => {
    const { client } = await start()
    const first = await client.appendToStream('a', [event('x')], { expectedRevision: 'no_stream' })
    await client.appendToStream('a', [event('y')], { expectedRevision: 0n })
    expect(await client.appendToStream('a', [event('x')], { expectedRevision: 'no_stream' })).toEqual(first)
    const other = client.appendToStream('a', [event('z')], { expectedRevision: 'no_stream' })
    await expect(other).rejects.toMatchObject({ type: 'wrong-expected-version', actualVersion: 1n })
    expect(await namesIn(client, 'a')).toEqual(['x', 'y'])
  })

  it('shows its own events in $all, and subscribes to the others through a filter', async () => {
    const { client } = await start()
    await client.appendToStream('a', [event('x')], { expectedRevision: 'no_stream' })
    const streams: string[] = []
    for await (const { event: read } of client.readAll()) streams.push(read?.streamId ?? '')
    expect(streams.at(-1)).toBe('a')
    expect(streams.some((stream) => stream.startsWith('$'))).toBe(true)
    const subscription = client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['a'] }) })
    cleanups.push(() => subscription.unsubscribe())
    await client.appendToStream('ab', [event('y')], { expectedRevision: 'no_stream' })
    const seen: string[] = []
    for await (const { event: read } of subscription) {
      seen.push(read?.streamId ?? '')
      if (seen.length === 2) break
    }
    expect(seen).toEqual(['a', 'ab'])
  })

  it('forgets a deleted stream until the next append, and a tombstoned one for ever', async () => {
    const { client } = await start()
    for (const stream of ['a', 'b']) {
      await client.appendToStream(stream, [event('x')], { expectedRevision: 'no_stream' })
    }
    await client.deleteStream('a', { expectedRevision: 0n })
    await client.tombstoneStream('b', { expectedRevision: 0n })
    await expect(namesIn(client, 'a')).rejects.toBeInstanceOf(StreamNotFoundError)
    await client.appendToStream('a', [event('y')], { expectedRevision: 'no_stream' })
    expect(await namesIn(client, 'a')).toEqual(['y'])
    const late = client.appendToStream('b', [event('y')], { expectedRevision: 1n })
    await expect(late).rejects.toBeInstanceOf(StreamDeletedError)
  })

  it('refuses an append beyond 1 MiB', async () => {
    const { client } = await start()
    const huge = jsonEvent({ type: 'Happened', data: { text: 'x'.repeat(1024 * 1024) } })
    await expect(client.appendToStream('a', [huge])).rejects.toMatchObject({ type: 'maximum-append-size-exceeded' })
  })

  it('as a process on a file keeps what it acknowledged over kill -9, and takes its faults over HTTP', async () => {
    const directory = temporaryDirectory()
    cleanups.push(() => directory.remove())
    const file = join(directory.path, 'events')
    const first = await startDoubleProcess({ file })
    cleanups.push(() => first.kill())
    const client = clientOf(first.url)
    const { position } = await client.appendToStream('a', [event('x')], { expectedRevision: 'no_stream' })
    await first.control('denyReadiness', 1)
    await expect(client.appendToStream('a', [event('y')], { expectedRevision: 0n })).rejects.toMatchObject({ code: 14 })
    await first.kill()

    const second = await startDoubleProcess({ file })
    cleanups.push(() => second.kill())
    const again = clientOf(second.url)
    expect(await again.appendToStream('a', [event('x')], { expectedRevision: 'no_stream' })).toMatchObject({ position })
    expect(await namesIn(again, 'a')).toEqual(['x'])
  })
})
