import type { SdkPairsOptions, SdkPairsResult } from '../load/sdk-pairs.ts'
import { openBadNetwork } from '../network/bad-network.ts'
import { number } from '../report/row.ts'
import type { Bench } from './bench.ts'
import { withServer } from './solo.ts'

const pairs = 50
const rate = 5

export const poorNetwork: Bench = {
  name: 'poor-network',
  title: 'A poor network',
  method:
    '50 pairs of real SDK clients behind a proxy with a round trip of 300 ms that breaks 5 % of the connections each minute, unannounced; each sender sends 5 encrypted messages a second, connected or not, in a conversation that was begun before. ' +
    'Latency from the call of `send` to the receiving application, over breaks, reconnects and resumes. The least possible is 300 ms: 150 to the server, 150 to the receiver.',
  run: ({ directory, quick, progress }) =>
    withServer(
      directory,
      async () => undefined,
      async ({ backscroll, generator }) => {
        const targetPort = Number(new URL(backscroll.rest).port)
        const network = await openBadNetwork({ targetPort, delayMs: 150, cutsPerMinute: 0.05 })
        const url = `http://127.0.0.1:${network.port}`
        const options: SdkPairsOptions = { url, pairs, rate, seconds: quick ? 15 : 120 }
        const { sent, delivered, wrong, latencies, seconds } = await generator
          .call<SdkPairsResult>('sdkPairs', options)
          .finally(() => network.close())
        progress(`${delivered} of ${sent}, ${wrong} wrong, ${network.cuts()} cuts`)
        return [
          {
            figure: 'Sent; delivered; twice or out of order',
            measured: `${number(sent, '')}; ${number(delivered, '')}; ${wrong} (${network.cuts()} connections broken)`,
            goal: 'each once, in order',
            reached: sent === delivered && wrong === 0,
          },
          {
            figure: 'Latency: p50 / p99 / longest',
            measured: `${latencies.p50.toFixed(0)} / ${latencies.p99.toFixed(0)} / ${latencies.max.toFixed(0)} ms`,
          },
          {
            figure: 'Messages/s delivered, of those offered',
            measured: `${number(delivered / seconds, '')} of ${number(pairs * rate, '')}`,
          },
        ]
      },
    ),
}
