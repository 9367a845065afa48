import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { createFileCaller, sha256 } from '../../support/media/uploads.ts'
import { startGroup } from '../../support/server/conversation.ts'
import type { ServerProcess } from '../../support/server/process.ts'
import { restOf } from '../../support/server/rest.ts'
import { openTokens } from '../../support/server/tokens.ts'

const missing = await missingEngines()
const demo = fileURLToPath(new URL('../../../examples/demo.ts', import.meta.url))

const run = async (directory: string, urls: readonly string[]): Promise<string> => {
  const child = spawn(process.execPath, [demo, ...urls.flatMap((url) => ['--url', url])], {
    env: { PATH: process.env.PATH, BACKSCROLL_DATA: directory, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(String(data)))
  const [code] = await once(child, 'close')
  return `${printed.join('')}\nexit ${code}`
}

/** Bytes of files that the process has received and handed to its store. */
const receivedBy = async ({ url }: ServerProcess): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^backscroll_media_received_bytes_total (\d+)/m.exec(text)?.[1] ?? 0)
}

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'the demo on a cluster',
  () => {
    let world: ClusterWorld
    let gateways: readonly ServerProcess[]

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'warn' })
      const back = await world.process(['relay', 'projector', 'worker'])
      // The second one sends downloads to the bucket.
      const redirects = { BACKSCROLL_MEDIA_REDIRECT_URL: new URL(world.env.BACKSCROLL_S3_URL ?? '').origin }
      const started = [{}, redirects].map((env) => world.process(['api', 'gateway'], env))
      gateways = await Promise.all(started)
      await Promise.all([back, ...gateways].map((process) => process.start()))
    }, 180_000)
    afterAll(() => world?.discard(), 60_000)

    it('shows the same over two gateways as on one server, and every check in it holds', {
      timeout: 240_000,
    }, async () => {
      const urls = gateways.map(({ url }) => url)
      expect(await run(world.directory, urls)).toMatch(
        /4\. Receipts.*1000 messages in.*ok no gap, no duplicate.*ok the history is complete.*Done in .*exit 0$/s,
      )
    })

    it('keeps a file whose upload outlives its process, and serves it by every process to members alone', {
      timeout: 240_000,
    }, async () => {
      const [first, second] = gateways
      if (first === undefined || second === undefined) throw new Error('two gateways are started')
      const tokens = await openTokens(world.directory)
      const at = async ({ url }: ServerProcess, user: string) => createFileCaller(url, await tokens(user))
      const bytes = randomBytes(9 * 1024 * 1024)
      const id = await (await at(first, 'ann')).begin(bytes.length)
      let release = () => {}
      const hanging = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(bytes.subarray(0, 6 * 1024 * 1024))
          release = () => controller.close()
        },
      })
      const cut = (await at(first, 'ann')).patch(id, 0, hanging).catch(() => undefined)
      // A bucket takes parts of 5 MiB. The rest of what has arrived is lost with the process.
      const durable = 5 * 1024 * 1024
      await expect.poll(() => receivedBy(first), { timeout: 60_000 }).toBeGreaterThanOrEqual(durable)
      await first.stop('SIGKILL')
      release()
      await cut
      const ann = await at(second, 'ann')
      const from = await ann.offset(id)
      expect(from).toBe(durable)
      expect((await ann.patch(id, from, bytes.subarray(from))).status).toBe(204)

      const [annRest, bobRest] = [await restOf(second.url, tokens, 'ann'), await restOf(second.url, tokens, 'bob')]
      const { owner } = await startGroup(annRest, [bobRest], 'files')
      const { position } = await owner.send('a file', undefined, [id])
      await first.start()
      for (const gateway of [first, second]) {
        const path = `/media/${id}?atLeast=${position}`
        const got = await (await at(gateway, 'bob')).ask('GET', path)
        expect([got.status, got.redirected]).toEqual([200, gateway === second])
        expect(sha256(Buffer.from(await got.arrayBuffer()))).toBe(sha256(bytes))
        expect((await (await at(gateway, 'eve')).ask('GET', path)).status).toBe(404)
      }
    })

    it('says in one line that the key is not the one of the server', async () => {
      const [url = ''] = gateways.map((gateway) => gateway.url)
      expect(await run('/nowhere', [url])).toMatch(/No keys in \/nowhere\/keys: BACKSCROLL_DATA/)
    })
  },
)
