import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { startFlood } from '../../support/cluster/flooder.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import type { ServerProcess } from '../../support/server/process.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

const missing = await missingEngines()
const pairs = Number(process.env.FLOOD_PAIRS ?? 60)
const window = 16
const floodMs = 24_000
/** What the live path may be behind by default. */
const limitMs = 1_000

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)] ?? Number.NaN

const metricOf = async ({ url }: ServerProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )
}

describe.skipIf(missing.length > 0)(
  missing.length > 0
    ? `No ${missing.join(', ')} here: skipped`
    : 'a cluster of one process that is offered more than it can',
  () => {
    let world: ClusterWorld
    let server: ServerProcess
    let tokens: Tokens

    beforeAll(async () => {
      world = await openClusterWorld({ BACKSCROLL_LOG_LEVEL: 'warn' })
      server = await world.process(['api', 'gateway', 'relay', 'projector', 'worker', 'notifier'])
      await server.start()
      tokens = await openTokens(world.directory)
    }, 180_000)
    afterAll(() => world?.discard(), 60_000)

    const open = async (userId: string) => {
      const client = await createClient({
        ...{ url: server.url, userId, deviceId: 'phone', store: createMemoryStore() },
        token: () => tokens(userId),
      })
      client.start()
      await client.whenLive()
      return client
    }

    /** Two devices of the SDK that talk on while the flood goes on. */
    const talkDuring = async (flooding: () => boolean) => {
      const [ann, bob] = [await open('ann'), await open('bob')]
      const got: string[] = []
      bob.on('message', ({ content }) => {
        if (content?.type === 'text') got.push(content.body.text)
      })
      const sent: Promise<unknown>[] = []
      const texts: string[] = []
      return {
        run: async () => {
          while (flooding()) {
            const text = `message ${texts.length}`
            texts.push(text)
            sent.push(ann.send({ user: 'bob' }, { text }))
            await sleep(200)
          }
          await Promise.all(sent)
          const until = performance.now() + 30_000
          while (got.length < texts.length && performance.now() < until) await sleep(50)
        },
        got,
        texts,
        close: () => Promise.all([ann.close(), bob.close()]),
      }
    }

    it('P7: delivers what it accepted in bounded time, refuses the rest with retryAfterMs, and devices lose nothing', {
      timeout: 240_000,
    }, async () => {
      let over = false
      const talk = await talkDuring(() => !over)
      const ready: number[] = []
      const talking = talk.run()
      const flood = await startFlood({ url: server.url, socketUrl: server.socketUrl, tokens, pairs, window })
      const watch = async (ms: number): Promise<readonly number[]> => {
        const first = flood.deliveries.length
        for (const end = performance.now() + ms; performance.now() < end; await sleep(250))
          ready.push((await fetch(`${server.url}/readyz`)).status)
        return flood.deliveries.slice(first)
      }
      const early = await watch(floodMs / 2)
      const late = await watch(floodMs / 2)
      const during = [...early, ...late]
      over = true
      await flood.stop()
      await talking
      const refused = await metricOf(server, 'backscroll_overload_refusals_total')
      console.info(
        `${Math.round(during.length / (floodMs / 1_000))} deliveries/s; from the answer to the delivery p50 ${Math.round(percentile(during, 0.5))}, p99 ${Math.round(percentile(during, 0.99))} (the medians of both halves ${Math.round(percentile(early, 0.5))} and ${Math.round(percentile(late, 0.5))}), most ${Math.round(Math.max(...during))} ms; ${refused} refusals; not ready ${ready.filter((status) => status === 503).length} of ${ready.length} times; ${talk.texts.length} messages of the SDK`,
      )
      expect(refused).toBeGreaterThan(0)
      expect(flood.refusals.filter(({ code, retryAfterMs }) => code !== 'overloaded' || !retryAfterMs)).toEqual([])
      // Without admission they wait longer the longer it lasts, on any machine.
      expect(percentile(late, 0.5)).toBeLessThan(2 * percentile(early, 0.5) + limitMs)
      expect(percentile(late, 0.5)).toBeLessThan(4 * limitMs)
      expect(talk.got).toEqual(talk.texts)
      for (const end = performance.now() + 60_000; performance.now() < end; await sleep(250))
        if ((await fetch(`${server.url}/readyz`)).status === 200) break
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
      await talk.close()
    })
  },
)
