import { EventStoreDBClient, jsonEvent, StreamDeletedError, StreamNotFoundError } from '@eventstore/db-client'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { createTestCertificate } from '../../../support/engines/test-certificate.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import type { DoubleOptions } from '../../../support/kurrentdb-double/double.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())
const directory = temporaryDirectory()
afterAll(() => directory.remove())

const clientOf = (url: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(url)
  world.later(() => client.dispose())
  return client
}

const start = async (options: DoubleOptions = {}) => {
  const double = await world.double(options)
  return { double, client: clientOf(double.url) }
}

const event = (name: string) => jsonEvent({ type: 'Happened', data: { name } })

type Read = AsyncIterable<{ readonly event?: { readonly revision: bigint; readonly data: unknown } }>

const revisionsIn = async (read: Read): Promise<number[]> => {
  const revisions: number[] = []
  for await (const { event: found } of read) revisions.push(Number(found?.revision))
  return revisions
}

describe('The double of EventStoreDB does what the server was seen to do: it', () => {
  it('goes on counting in a stream that was deleted, and takes `no_stream` for it', async () => {
    const { client } = await start()
    await client.appendToStream('a', [event('x'), event('y')], { expectedRevision: 'no_stream' })
    await client.deleteStream('a')
    await expect(revisionsIn(client.readStream('a'))).rejects.toBeInstanceOf(StreamNotFoundError)
    const again = await client.appendToStream('a', [event('z')], { expectedRevision: 'no_stream' })
    expect(again.nextExpectedRevision).toBe(2n)
    expect(await revisionsIn(client.readStream('a'))).toEqual([2])
    await expect(client.appendToStream('a', [event('z')], { expectedRevision: 'no_stream' })).rejects.toMatchObject({
      type: 'wrong-expected-version',
      actualVersion: 2n,
    })
  })

  it('refuses a stream that was ended, to who writes and who reads, and shows its end in $all', async () => {
    const { client } = await start()
    await client.appendToStream('a', [event('x')], { expectedRevision: 'no_stream' })
    await client.tombstoneStream('a')
    await expect(client.appendToStream('a', [event('y')], { expectedRevision: 0n })).rejects.toBeInstanceOf(
      StreamDeletedError,
    )
    await expect(revisionsIn(client.readStream('a'))).rejects.toBeInstanceOf(StreamDeletedError)
    const own: unknown[] = []
    for await (const { event: found } of client.readAll())
      if (found?.streamId === 'a') own.push([found.type, found.revision])
    expect(own).toEqual([
      ['Happened', 0n],
      ['$streamDeleted', 2n ** 63n - 1n],
    ])
  })

  it('hides what metadata truncate from reads of the stream, not from $all', async () => {
    const { client } = await start()
    for (const stream of ['a', 'b'])
      await client.appendToStream(stream, ['x', 'y', 'z'].map(event), { expectedRevision: 'no_stream' })
    await client.setStreamMetadata('a', { maxCount: 2 })
    await client.setStreamMetadata('b', { truncateBefore: 2 })
    expect(await revisionsIn(client.readStream('a'))).toEqual([1, 2])
    expect(await revisionsIn(client.readStream('b'))).toEqual([2])
    await client.appendToStream('a', [event('w')], { expectedRevision: 2n })
    expect(await revisionsIn(client.readStream('a'))).toEqual([2, 3])
    let count = 0
    for await (const { event: found } of client.readAll()) if (found?.type === 'Happened') count += 1
    expect(count).toBe(7)
  })

  it('drops a live subscription whose reader does not keep up, and keeps the one whose reader does', async () => {
    const { client } = await start({ liveBuffer: 16 })
    const subscriptions = ['slow', 'fast'].map((name) => ({ name, subscription: client.subscribeToAll() }))
    const ended: unknown[] = []
    let heard = 0
    for (const { name, subscription } of subscriptions) {
      subscription.on('error', (error) => ended.push([name, error.message]))
      subscription.on('data', () => {
        if (name === 'slow') subscription.pause()
        else heard += 1
      })
    }
    const text = 'x'.repeat(10_000)
    const wide = jsonEvent({ type: 'Happened', data: { text } })
    await expect.poll(() => heard).toBeGreaterThan(0)
    for (let index = 0; index < 200; index++) await client.appendToStream('a', [{ ...wide, id: crypto.randomUUID() }])
    subscriptions[0]?.subscription.removeAllListeners('data').on('data', () => {})
    subscriptions[0]?.subscription.resume()
    await expect.poll(() => ended).toEqual([['slow', expect.stringMatching(/too slow to handle event while live/)]])
    await expect.poll(() => heard).toBeGreaterThan(200)
  })

  it('drops a subscription where it would go live', async () => {
    const { double, client } = await start()
    await client.appendToStream('a', [event('x')])
    double.faults.dropAtTransition(1)
    const subscription = client.subscribeToAll()
    subscription.on('data', () => {})
    const error = await new Promise((resolve) => subscription.on('error', resolve))
    expect(error).toMatchObject({ message: expect.stringMatching(/too slow .* while transitioning/) })
  })

  it('stalls by itself', async () => {
    const { client } = await start({ stalls: { everyMs: 100, forMs: 300 } })
    const begin = performance.now()
    for (let index = 0; index < 10; index++) await client.appendToStream('a', [event('x')])
    await new Promise((resolve) => setTimeout(resolve, 150))
    await client.appendToStream('a', [event('x')])
    expect(performance.now() - begin).toBeGreaterThan(200)
  })

  it('knows its users over TLS: an ordinary one appends and reads streams, and is refused $all until metadata allow it', async () => {
    const tls = await createTestCertificate(directory.path)
    const users = { admin: { password: 'changeit', groups: ['$admins'] }, ann: { password: 'a', groups: ['readers'] } }
    const { double, client: admin } = await start({ tls, users })
    const ann = clientOf(double.url.replace('admin:changeit', 'ann:a'))
    const denied = { type: 'access-denied' }
    await ann.appendToStream('a', [event('x')], { expectedRevision: 'no_stream' })
    expect(await revisionsIn(ann.readStream('a'))).toEqual([0])
    await expect(revisionsIn(ann.readAll())).rejects.toMatchObject(denied)
    await expect(ann.appendToStream('$system', [event('x')])).rejects.toMatchObject(denied)
    await admin.setStreamMetadata('$all', { acl: { readRoles: ['readers'] } })
    expect((await revisionsIn(ann.readAll())).length).toBeGreaterThan(0)
    const stranger = clientOf(double.url.replace('admin:changeit', 'ann:b'))
    await expect(revisionsIn(stranger.readStream('a'))).rejects.toMatchObject(denied)
  })
})
