import { goalRow, median, number, type Row } from '../report/row.ts'
import type { Bench, BenchContext } from './bench.ts'
import { type Duel, withDuel } from './duel.ts'
import { type LoadRound, loadRound } from './pairs-round.ts'

interface Shape {
  readonly pairs: number
  readonly outstanding: number
  /** Times the floor's CPU per message. */
  readonly goal: number
}

const shapes: readonly Shape[] = [
  { pairs: 100, outstanding: 8, goal: 2 },
  { pairs: 1000, outstanding: 1, goal: 3 },
]

interface Rounds {
  readonly floor: LoadRound[]
  readonly backscroll: LoadRound[]
}

const say = (name: string, round: LoadRound): string =>
  `${name} ${number(round.messagesPerSecond, 'msg/s')} ${number(round.cpuPerMessage, 'us')} (main thread ${number(round.mainThreadPerMessage, 'us')}, ` +
  `kernel ${Math.round(round.kernelShare * 100)} %, generator busy ${Math.round(round.generatorBusy * 100)} %)`

const fight = async (duel: Duel, shape: Shape, { quick, progress }: BenchContext): Promise<Rounds> => {
  const rounds: Rounds = { floor: [], backscroll: [] }
  const options = { ...shape, seconds: quick ? 3 : 6, warmUpSeconds: 2 }
  // The first turn is for the compilers and does not count.
  for (let round = 0; round < (quick ? 2 : 5); round += 1) {
    for (const name of ['floor', 'backscroll'] as const) {
      const done = await loadRound(duel[name], duel.generator, options)
      if (round > 0) rounds[name].push(done)
      progress(`${shape.pairs} x ${shape.outstanding}${round > 0 ? '' : ' (warming up)'}: ${say(name, done)}`)
    }
  }
  return rounds
}

const ratios = ({ floor, backscroll }: Rounds): number[] =>
  backscroll.map(({ cpuPerMessage }, index) => cpuPerMessage / (floor[index]?.cpuPerMessage ?? Number.NaN))

const rowsOf = ({ pairs, outstanding, goal }: Shape, rounds: Rounds): readonly Row[] => {
  const medianOf = (name: keyof Rounds, field: keyof LoadRound) => median(rounds[name].map((round) => round[field]))
  const shape = `${number(pairs, '')} pairs x ${outstanding}`
  const cpu = (name: keyof Rounds) => number(medianOf(name, 'cpuPerMessage'), 'us')
  const ratio = median(ratios(rounds))
  return [
    {
      figure: `${shape}: messages/s on one core`,
      measured: number(medianOf('backscroll', 'messagesPerSecond'), ''),
      floor: number(medianOf('floor', 'messagesPerSecond'), ''),
    },
    {
      ...goalRow(`${shape}: CPU per message`, ratio, "times the floor's", { atMost: goal }),
      measured: `${cpu('backscroll')}, ${number(ratio, 'times')}`,
      floor: cpu('floor'),
    },
  ]
}

export const pairs: Bench = {
  name: 'pairs',
  title: 'Two people talk',
  method:
    'Direct conversations, one sender and one receiver each; a sender keeps the given number of 300-byte messages unacknowledged. CPU is that of all threads of the server, with the ' +
    'views and the receipts that the messages cause. The floor and Backscroll take turns, the first of which does not count; medians of the rounds, and of the ratios of each turn.',
  run: (context) =>
    withDuel(context.directory, async (duel) => {
      const rows: Row[] = []
      for (const shape of shapes) rows.push(...rowsOf(shape, await fight(duel, shape, context)))
      return rows
    }),
}
