import { cpus } from 'node:os'
import { missingEngines, openClusterWorld } from '../../test/support/cluster-world.ts'
import type { ServerProcess } from '../../test/support/server-process.ts'
import type { OfferedLatencies } from '../load/open-loop.ts'
import { startGenerator } from '../load/start-generator.ts'
import type { Child } from '../process/start-child.ts'
import { goalRow, type Row } from '../report/row.ts'
import { ageBetween, type Scrape, scrape } from '../server/scrape.ts'
import type { Bench, BenchContext } from './bench.ts'

interface Offer {
  readonly rate: number
  /** Milliseconds, from due to delivered, at the 99th percentile. */
  readonly goal?: number
}

const offers: readonly Offer[] = [{ rate: 200 }, { rate: 1000, goal: 1000 }, { rate: 2000 }]
const pairs = 100

interface Running {
  /** Serves the clients. */
  readonly front: ServerProcess
  /** Relay and worker. */
  readonly relay: ServerProcess
  readonly projector: ServerProcess
  readonly generator: Child
}

const settings = {
  BACKSCROLL_LOG_LEVEL: 'warn',
  BACKSCROLL_RECEIPT_WINDOW_MS: '1000',
  BACKSCROLL_MAX_IN_FLIGHT: '10000',
}

/** CPU seconds that the machine has spent so far, on anything. */
const machineBusy = (): number =>
  cpus().reduce((sum, { times }) => sum + (times.user + times.sys + times.nice + times.irq) / 1000, 0)

const snapshot = async ({ front, relay, projector }: Running) => ({
  front: await scrape(front.url),
  relay: await scrape(relay.url),
  projector: await scrape(projector.url),
  busy: machineBusy(),
  at: performance.now(),
})

type Snapshot = Awaited<ReturnType<typeof snapshot>>

const load = async (running: Running, rate: number, seconds: number): Promise<OfferedLatencies> => {
  const { front, generator } = running
  const prefix = `c${rate}`
  const server = { kind: 'backscroll', url: front.socketUrl, rest: front.url }
  await generator.call('openPairs', { server, count: pairs, prefix })
  try {
    await generator.call('openLoop', { prefix, rate, seconds: 2 })
    return await generator.call<OfferedLatencies>('openLoop', { prefix, rate, seconds })
  } finally {
    await generator.call('closePairs', { prefix })
  }
}

const milliseconds = (value: number): string => `${Number.isFinite(value) ? value : 'more than 10,000'} ms`

const hop = (before: Scrape, after: Scrape, place: string): string =>
  [0.5, 0.99].map((share) => milliseconds(ageBetween(before.ages, after.ages, place, share))).join(' / ')

const perMessage = (before: Scrape, after: Scrape, messages: number): string =>
  `${(((after.cpuSeconds - before.cpuSeconds) / messages) * 1e6).toFixed(0)} us`

const rowsOf = ({ rate, goal }: Offer, done: OfferedLatencies, before: Snapshot, after: Snapshot): readonly Row[] => {
  const at = `${rate.toLocaleString('en-US')} messages/s`
  const text = (way: 'acknowledged' | 'delivered') => `${done[way].p50.toFixed(1)} / ${done[way].p99.toFixed(1)} ms`
  const delivered = `${at}: p50 / p99 until delivered`
  const busy = (after.busy - before.busy) / ((after.at - before.at) / 1000)
  return [
    { figure: `${at}: p50 / p99 until acknowledged`, measured: text('acknowledged') },
    goal === undefined
      ? { figure: delivered, measured: text('delivered') }
      : goalRow(delivered, done.delivered.p99, 'ms', { atMost: goal }, text('delivered')),
    {
      figure: `${at}: age when the bus has it, p50 / p99 at most`,
      measured: hop(before.relay, after.relay, 'relayed'),
    },
    { figure: `${at}: age when the gateways are told`, measured: hop(before.projector, after.projector, 'sent') },
    { figure: `${at}: age when the gateway has it`, measured: hop(before.front, after.front, 'received') },
    { figure: `${at}: age when the views have it`, measured: hop(before.projector, after.projector, 'folded') },
    {
      figure: `${at}: CPU a message of api and gateway; of relay and worker; of the projector`,
      measured: [
        perMessage(before.front, after.front, done.messages),
        perMessage(before.relay, after.relay, done.messages),
        perMessage(before.projector, after.projector, done.messages),
      ].join('; '),
    },
    { figure: `${at}: cores busy, engines and generator included`, measured: `${busy.toFixed(2)} of ${cpus().length}` },
  ]
}

const measure = async (running: Running, { quick, progress }: BenchContext): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (const offer of offers) {
    const before = await snapshot(running)
    const done = await load(running, offer.rate, quick ? 5 : 20)
    const after = await snapshot(running)
    progress(`${offer.rate}/s: delivered ${done.delivered.p50.toFixed(1)} / ${done.delivered.p99.toFixed(1)} ms`)
    rows.push(...rowsOf(offer, done, before, after))
  }
  return rows
}

export const cluster: Bench = {
  name: 'cluster',
  title: 'The distributed path',
  method:
    'Three processes, one with roles api and gateway, one with relay and worker, one with projector, over Kafka, Redis, PostgreSQL, FerretDB and MinIO, all of them and the generator on this machine. The event log is the double of ' +
    "KurrentDB's protocol, a process that writes with fsync: its time is not the real server's. 100 pairs, due at fixed times. Ages are counted from the time of the command, by bucket: a figure is its bucket's upper bound.",
  run: async (context) => {
    const missing = await missingEngines()
    if (missing.length > 0) throw new Error(`npm run services:up first: there is no ${missing.join(', ')}`)
    const world = await openClusterWorld(settings)
    try {
      const relay = await world.process(['relay', 'worker'])
      await relay.start()
      const projector = await world.process(['projector'])
      await projector.start()
      const front = await world.process(['api', 'gateway'])
      await front.start()
      const generator = await startGenerator(`${world.directory}/keys`)
      try {
        return await measure({ front, relay, projector, generator }, context)
      } finally {
        await generator.stop()
      }
    } finally {
      await world.discard()
    }
  },
}
