import type { OfferedLatencies } from '../load/open-loop.ts'
import { goalRow, median, type Row } from '../report/row.ts'
import type { Bench, BenchContext } from './bench.ts'
import { type Duel, withDuel } from './duel.ts'
import { latencyRound } from './pairs-round.ts'

interface Offer {
  readonly rate: number
  /** Milliseconds, from due to delivered, at the 99th percentile. */
  readonly goal?: number
}

const offers: readonly Offer[] = [{ rate: 1000 }, { rate: 2000, goal: 25 }, { rate: 10_000 }]
const sides = ['floor', 'backscroll'] as const

type Measured = Readonly<Record<(typeof sides)[number], OfferedLatencies[]>>
type Way = 'acknowledged' | 'delivered'

const summary = (rounds: readonly OfferedLatencies[], way: Way) => ({
  p50: median(rounds.map((round) => round[way].p50)),
  p99: median(rounds.map((round) => round[way].p99)),
})

const text = ({ p50, p99 }: ReturnType<typeof summary>): string => `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`

const measure = async (duel: Duel, { rate }: Offer, { quick, progress }: BenchContext): Promise<Measured> => {
  const measured: Measured = { floor: [], backscroll: [] }
  const options = { pairs: 100, rate, seconds: quick ? 4 : 8 }
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    for (const side of sides) {
      const done = await latencyRound(duel[side], duel.generator, options)
      measured[side].push(done)
      progress(`${rate}/s: ${side} delivered ${text(summary([done], 'delivered'))}`)
    }
  }
  return measured
}

const rowsOf = ({ rate, goal }: Offer, { floor, backscroll }: Measured): readonly Row[] => {
  const row = (way: Way): Row => ({
    figure: `${rate.toLocaleString('en-US')} messages/s offered: p50 / p99 until ${way}`,
    measured: text(summary(backscroll, way)),
    floor: text(summary(floor, way)),
  })
  const delivered = row('delivered')
  if (goal === undefined) return [row('acknowledged'), delivered]
  const { p99 } = summary(backscroll, 'delivered')
  return [row('acknowledged'), { ...goalRow(delivered.figure, p99, 'ms', { atMost: goal }), ...delivered }]
}

export const latency: Bench = {
  name: 'latency',
  title: 'How long a message takes',
  method:
    'Messages of 100 pairs are due at fixed times, whatever the server does, and their latency counts from then (no coordinated omission), until the sender has the acknowledgement and until the ' +
    'receiver has the message. The generator wakes every millisecond; its lateness is included.',
  run: (context) =>
    withDuel(context.directory, async (duel) => {
      const rows: Row[] = []
      for (const offer of offers) rows.push(...rowsOf(offer, await measure(duel, offer, context)))
      return rows
    }),
}
