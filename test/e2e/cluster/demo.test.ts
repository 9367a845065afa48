import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import type { ServerProcess } from '../../support/server/process.ts'

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

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `No ${missing.join(', ')} here: skipped` : 'the demo on a cluster',
  () => {
    let world: ClusterWorld
    let gateways: readonly ServerProcess[]

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'warn' })
      const back = await world.process(['relay', 'projector', 'worker'])
      gateways = await Promise.all([1, 2].map(() => world.process(['api', 'gateway'])))
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

    it('says in one line that the key is not the one of the server', async () => {
      const [url = ''] = gateways.map((gateway) => gateway.url)
      expect(await run('/nowhere', [url])).toMatch(/No keys in \/nowhere\/keys: BACKSCROLL_DATA/)
    })
  },
)
