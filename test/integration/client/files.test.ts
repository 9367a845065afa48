import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Attachment } from '../../../packages/client/src/content/attachment.ts'
import { conversationEvents, eventually, live, record } from '../../support/client/client-world.ts'
import { useClientWorld } from '../../support/client/use-client-world.ts'

const world = useClientWorld()

const all = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A way to the server that is bent by what `bend` makes of each request about files. */
const bentFetch =
  (bend: (path: string, init: RequestInit, go: () => Promise<Response>) => Promise<Response>): typeof fetch =>
  (input, init = {}) => {
    const { pathname } = new URL(String(input))
    const go = () => fetch(input, init)
    return pathname.startsWith('/media/') ? bend(pathname, init, go) : go()
  }

const received = (log: ReturnType<typeof record>): readonly Attachment[] =>
  conversationEvents(log).flatMap(({ type, content }) =>
    type === 'message' && content?.type === 'attachment' ? content.body.attachments : [],
  )

describe('Files', () => {
  it('are encrypted, uploaded in pieces, sent, and opened by the recipient', async () => {
    const [ann, bob] = [await world.client('ann', 'phone'), await world.client('bob', 'phone')]
    const log = record(bob)
    for (const client of [ann, bob]) await live(client)
    const bytes = randomBytes(5_000_000)
    const steps: number[] = []
    const attachment = await ann.uploadFile(bytes, {
      ...{ name: 'talk.ogg', contentType: 'audio/ogg', kind: 'voice', durationMs: 4_200, waveform: 'AAEC' },
      onProgress: (sent) => steps.push(sent),
    })
    expect(steps.length).toBeGreaterThan(1)
    await ann.send({ user: 'bob' }, { text: 'listen', attachments: [attachment] })
    await eventually(() => received(log).length === 1, 'the message with its file')
    expect(received(log)).toEqual([attachment])
    const [got] = received(log)
    if (got === undefined) throw new Error('no file')
    expect((await all(bob.openFile(got))).equals(bytes)).toBe(true)

    const eve = await world.client('eve', 'phone')
    await live(eve)
    await expect(all(eve.openFile(got))).rejects.toMatchObject({ code: 'not_found' })
  })

  it('of any size are read back unchanged, in browsers too', async () => {
    const cat = await world.client('cat', 'phone')
    await live(cat)
    for (const size of [0, 1, 1_048_575, 1_048_576, 1_048_577, 2_097_152]) {
      const bytes = randomBytes(size)
      const attachment = await cat.uploadFile(new File([bytes], 'a.bin', { type: 'image/png' }))
      expect(attachment).toMatchObject({ size, name: 'a.bin', contentType: 'image/png' })
      expect((await all(cat.openFile(attachment))).equals(bytes)).toBe(true)
    }
  })

  it('continue after cut requests, temporary refusals and lost answers', async () => {
    const troubles: string[] = []
    let requests = 0
    const dan = await world.client('dan', 'phone', {
      fetch: bentFetch(async (_path, init, go) => {
        if (init.method !== 'PATCH') return go()
        requests += 1
        if (requests % 3 === 1) {
          troubles.push('lost')
          await go()
          throw new TypeError('the answer was lost')
        }
        if (requests % 3 === 2) {
          troubles.push('cut')
          throw new TypeError('the line was cut')
        }
        return go()
      }),
    })
    await live(dan)
    const bytes = randomBytes(3_500_000)
    const attachment = await dan.uploadFile(bytes)
    expect(new Set(troubles)).toEqual(new Set(['lost', 'cut']))
    expect((await all(dan.openFile(attachment))).equals(bytes)).toBe(true)
  }, 60_000)

  it('may pause between pieces, and a cancelled upload leaves nothing behind', async () => {
    const eli = await world.client('eli', 'phone')
    await live(eli)
    let goOn = () => {}
    const paused = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let steps = 0
    let isDone = false
    const upload = eli.uploadFile(randomBytes(3_000_000), { onProgress: () => (++steps === 1 ? paused : undefined) })
    void upload.then(() => {
      isDone = true
    })
    await eventually(() => steps === 1, 'the first piece')
    expect(isDone).toBe(false)
    goOn()
    await upload
    const stop = new Error('the person changed their mind')
    const given = eli.uploadFile(randomBytes(3_000_000), { onProgress: () => Promise.reject(stop) })
    await expect(given).rejects.toThrow('changed their mind')
  })

  it('with an unknown or wrong size are refused', async () => {
    const gil = await world.client('gil', 'phone')
    await live(gil)
    async function* some() {
      yield randomBytes(10)
    }
    await expect(gil.uploadFile(some())).rejects.toMatchObject({ code: 'invalid' })
    await expect(gil.uploadFile(some(), { size: 11 })).rejects.toMatchObject({ code: 'invalid' })
    await expect(gil.uploadFile(some(), { size: 9 })).rejects.toMatchObject({ code: 'too_large' })
    expect(await all(gil.openFile(await gil.uploadFile(some(), { size: 10 })))).toHaveLength(10)
  })

  let liars = 0
  it.each([
    ['other bytes', (bytes: Uint8Array) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1)],
    ['too few', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
    ['too many', (bytes: Uint8Array) => Buffer.concat([bytes, bytes])],
    [
      'another order',
      (bytes: Uint8Array) =>
        Buffer.concat([bytes.subarray(0, 7), bytes.subarray(7 + 1_048_592), bytes.subarray(7, 7 + 1_048_592)]),
    ],
    ['nothing', () => new Uint8Array()],
  ])('a server that gives %s is found out', async (_what, lie) => {
    let isLying = false
    liars += 1
    const hal = await world.client(`hal-${liars}`, 'phone', {
      fetch: bentFetch(async (_path, init, go) => {
        const answer = await go()
        if (!isLying || init.method !== 'GET') return answer
        return new Response(lie(new Uint8Array(await answer.arrayBuffer())).slice(), { status: 206 })
      }),
    })
    await live(hal)
    const attachment = await hal.uploadFile(randomBytes(2_097_152))
    isLying = true
    await expect(all(hal.openFile(attachment))).rejects.toMatchObject({ code: 'wrong_key' })
    await hal.close()
  })
})
