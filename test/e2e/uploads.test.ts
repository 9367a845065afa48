import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFileCaller, sha256 } from '../support/media/uploads.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { openTokens } from '../support/server/tokens.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'error' } })
  await server.start()
})
afterAll(() => server.discard())

const seeds = [1, 2, 3]

test('an upload goes on after the server was killed in its midst, and every byte is right', async () => {
  const tokens = await openTokens(server.directory)
  const bytes = randomBytes(40 * 1024 * 1024)
  const ann = async () => createFileCaller(server.url, await tokens('ann'))
  const id = await (await ann()).begin(bytes.length)
  for (const seed of seeds) {
    const from = await (await ann()).offset(id)
    const step = 64 * 1024
    let at = from
    const dripping = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await sleep(1)
        controller.enqueue(bytes.subarray(at, at + step))
        at += step
        if (at >= bytes.length) controller.close()
      },
    })
    const cut = (await ann()).patch(id, from, dripping).catch(() => undefined)
    // Far enough that something is durable, and not to the end.
    while (at < from + (9 + seed) * 1024 * 1024 && at < bytes.length - step) await sleep(2)
    await server.stop('SIGKILL')
    await cut
    await server.start()
  }
  const last = await (await ann()).offset(id)
  expect(last).toBeGreaterThanOrEqual(8 * 1024 * 1024)
  expect((await (await ann()).patch(id, last, bytes.subarray(last))).status).toBe(204)
  const got = await (await ann()).get(id)
  expect(got.headers.get('etag')).toBe(`"${sha256(bytes)}"`)
  expect(got.bytes.equals(bytes)).toBe(true)
}, 90_000)
