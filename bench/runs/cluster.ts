import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingEngines, openClusterWorld } from '../../test/support/cluster/world.ts'
import type { ServerProcess } from '../../test/support/server/process.ts'
import type { OfferedLatencies } from '../load/open-loop.ts'
import { startGenerator } from '../load/start-generator.ts'
import { goalRow, percentile, type Row } from '../report/row.ts'
import { cpuSecondsOf } from '../server/cpu-seconds.ts'
import { type Journey, journeysOf } from '../server/traces.ts'
import type { Bench, BenchContext } from './bench.ts'

interface Offer {
  readonly rate: number
  /** Milliseconds, from due to delivered, at the 99th percentile. */
  readonly goal?: number
}

const offers: readonly Offer[] = [{ rate: 200 }, { rate: 1000, goal: 1000 }, { rate: 2000 }]
const pairs = 100
const traceEvery = 50

interface Running {
  /** Serves the clients. */
  readonly front: ServerProcess
  /** Relay and worker. */
  readonly relay: ServerProcess
  readonly projector: ServerProcess
  readonly keys: string
}

const settings = {
  BACKSCROLL_LOG_LEVEL: 'info',
  BACKSCROLL_TRACE_EVERY: String(traceEvery),
  BACKSCROLL_RECEIPT_WINDOW_MS: '1000',
  BACKSCROLL_MAX_IN_FLIGHT: '10000',
}

/** CPU seconds that the machine has spent so far, on anything. */
const machineBusy = (): number =>
  cpus().reduce((sum, { times }) => sum + (times.user + times.sys + times.nice + times.irq) / 1000, 0)

const snapshot = async ({ front, relay, projector }: Running) => ({
  front: await cpuSecondsOf(front.url),
  relay: await cpuSecondsOf(relay.url),
  projector: await cpuSecondsOf(projector.url),
  busy: machineBusy(),
  at: performance.now(),
})

type Snapshot = Awaited<ReturnType<typeof snapshot>>

interface Measured {
  readonly done: OfferedLatencies
  readonly before: Snapshot
  readonly after: Snapshot
}

/** With a generator of its own: one that cannot keep up ends. Everything is warm when it is measured, compiled code and the engines' caches. */
const load = async (running: Running, rate: number, { warmUp, seconds }: Lengths): Promise<Measured> => {
  const generator = await startGenerator(running.keys)
  const prefix = `c${rate}-${Date.now()}`
  const server = { kind: 'backscroll', url: running.front.socketUrl, rest: running.front.url }
  try {
    await generator.call('openPairs', { server, count: pairs, prefix })
    await generator.call('openLoop', { prefix, rate: Math.min(rate, 200), seconds: 2 })
    await generator.call('openLoop', { prefix, rate, seconds: warmUp })
    const before = await snapshot(running)
    const done = await generator.call<OfferedLatencies>('openLoop', { prefix, rate, seconds, traceEvery })
    const after = await snapshot(running)
    await generator.call('closePairs', { prefix })
    return { done, before, after }
  } finally {
    await generator.stop()
  }
}

const named = (rate: number): string => `${rate.toLocaleString('en-US')} messages/s`

/** The way of a message, one step after the other. */
const steps: readonly (readonly [what: string, from: keyof Journey, to: keyof Journey])[] = [
  ['due until taken by the API', 'due', 'taken'],
  ['until on the bus', 'taken', 'relayed'],
  ['until the gateways are told', 'relayed', 'sent'],
  ['until the gateway has it', 'sent', 'received'],
  ['until delivered', 'received', 'delivered'],
]
/** Beside that way. */
const deferred: typeof steps = [
  ['taken until the log has it', 'taken', 'appended'],
  ['on the bus until the views have it', 'relayed', 'folded'],
]

const milliseconds = (journeys: readonly Journey[], [what, from, to]: (typeof steps)[number]): string => {
  const values = journeys.map((journey) => journey[to] - journey[from])
  return `${what} ${[50, 99].map((percent) => Math.max(0, percentile(values, percent)).toFixed(0)).join(' / ')} ms`
}

const perMessage = (before: number, after: number, messages: number): string =>
  `${(((after - before) / messages) * 1e6).toFixed(0)} us`

const rowsOf = ({ rate, goal }: Offer, { done, before, after }: Measured, journeys: readonly Journey[]): Row[] => {
  const at = named(rate)
  const text = (way: 'acknowledged' | 'delivered') => `${done[way].p50.toFixed(1)} / ${done[way].p99.toFixed(1)} ms`
  const delivered = `${at}: p50 / p99 until delivered`
  const busy = (after.busy - before.busy) / ((after.at - before.at) / 1000)
  return [
    { figure: `${at}: p50 / p99 until acknowledged`, measured: text('acknowledged') },
    goal === undefined
      ? { figure: delivered, measured: text('delivered') }
      : goalRow(delivered, done.delivered.p99, 'ms', { atMost: goal }, text('delivered')),
    {
      figure: `${at}: the steps of ${journeys.length} traced messages, p50 / p99 of each`,
      measured: steps.map((step) => milliseconds(journeys, step)).join('; '),
    },
    {
      figure: `${at}: beside that way, p50 / p99`,
      measured: deferred.map((step) => milliseconds(journeys, step)).join('; '),
    },
    {
      figure: `${at}: how often a message was told to come later`,
      measured: done.refusals.toLocaleString('en-US'),
    },
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

interface Lengths {
  /** Seconds. */
  readonly warmUp: number
  readonly seconds: number
}

/** Until the views have the last of them, and the processes have said so. */
const settleMs = 3_000

const measure = async (running: Running, { quick, progress }: BenchContext): Promise<readonly Row[]> => {
  const { front, relay, projector } = running
  const lengths = quick ? { warmUp: 3, seconds: 5 } : { warmUp: 10, seconds: 20 }
  const rows: Row[] = []
  for (const offer of offers) {
    try {
      const measured = await load(running, offer.rate, lengths)
      await sleep(settleMs)
      const journeys = journeysOf(
        [front, relay, projector].map((one) => one.output()),
        measured.done.traces,
      )
      const { delivered } = measured.done
      progress(`${offer.rate}/s: delivered ${delivered.p50.toFixed(1)} / ${delivered.p99.toFixed(1)} ms`)
      rows.push(...rowsOf(offer, measured, journeys))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      progress(`${offer.rate}/s: ${reason}`)
      rows.push({
        figure: named(offer.rate),
        measured: `not kept up with: ${reason}`,
        ...(offer.goal !== undefined && { reached: false }),
      })
    }
  }
  return rows
}

export const cluster: Bench = {
  name: 'cluster',
  title: 'The distributed path',
  method:
    'Three processes, one with roles api and gateway, one with relay and worker, one with projector, over Kafka, Redis, PostgreSQL, FerretDB and MinIO, all of them and the generator on this machine. The event log is the double of ' +
    "KurrentDB's protocol, a process that writes with fsync: its time is not the real server's. 100 pairs, due at fixed times, measured for 20 s after a warm-up of 10 s at the same rate. The steps are those of single messages, one in 50, followed with BACKSCROLL_TRACE_EVERY.",
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
      return await measure({ front, relay, projector, keys: `${world.directory}/keys` }, context)
    } finally {
      await world.discard()
    }
  },
}
