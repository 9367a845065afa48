import type { Cost } from '../load/cost.ts'
import type { Dialogue } from '../load/sdk-dialogue.ts'
import { costRow, listed, medianCost } from '../report/cost-row.ts'
import { median, type Row } from '../report/row.ts'
import type { Bench, BenchContext } from './bench.ts'
import { measureEngine } from './encryption-engine.ts'
import { type Solo, withServer } from './solo.ts'

/** Devices, each of another user. */
const sizes = [2, 10, 100, 500]
/** To one group: the server lets so many commits through at once. */
const additions = 3

interface Spent<Result> {
  readonly result: Result
  /** Milliseconds of CPU of all threads of the server. */
  readonly serverCpuMs: number
}

const spending = async <Result>({ backscroll }: Solo, run: () => Promise<Result>): Promise<Spent<Result>> => {
  await backscroll.settled()
  const before = await backscroll.child.usage()
  const result = await run()
  await backscroll.settled()
  const after = await backscroll.child.usage()
  return { result, serverCpuMs: (after.user + after.system - before.user - before.system) * 1000 }
}

const measureDialogue = async (solo: Solo, { quick, progress }: BenchContext): Promise<readonly Row[]> => {
  const { backscroll, generator } = solo
  await generator.call('openDialogue', { url: backscroll.rest })
  await generator.call('runDialogue', { messages: 100 })
  const messages = quick ? 300 : 2000
  const { result, serverCpuMs } = await spending(solo, () => generator.call<Dialogue>('runDialogue', { messages }))
  await generator.call('closeDialogue')
  const { shown, cost } = result
  const measured = `${shown.p50.toFixed(1)} / ${shown.p99.toFixed(1)} ms`
  progress(`shown after ${measured}`)
  return [
    { figure: 'From send to shown: p50 / p99', measured },
    {
      figure: 'CPU of such a message: both clients; server',
      measured: listed([cost.cpuMs, serverCpuMs / messages], 'ms'),
    },
  ]
}

interface Round {
  readonly made: Spent<Cost>
  readonly added: Spent<readonly Cost[]>
}

const oneGroup = async (solo: Solo, size: number): Promise<Round> => {
  const { backscroll, generator } = solo
  await generator.call('openMaker', { url: backscroll.rest })
  const made = await spending(solo, () => generator.call<Cost>('makeSdkGroup', { size }))
  const added = await spending(solo, async () => {
    const costs: Cost[] = []
    while (costs.length < additions) costs.push(await generator.call<Cost>('addToSdkGroup'))
    return costs
  })
  await generator.call('closeMaker')
  return { made, added }
}

const groupRows = (groups: readonly (readonly Round[])[]): readonly Row[] => {
  const medians = (of: (round: Round) => number): readonly number[] => groups.map((rounds) => median(rounds.map(of)))
  const made = groups.map((rounds) => medianCost(rounds.map(({ made }) => made.result)))
  const added = groups.map((rounds) => medianCost(rounds.flatMap(({ added }) => added.result)))
  const making = medians(({ made }) => made.serverCpuMs)
  const adding = medians(({ added }) => added.serverCpuMs / additions)
  return [
    costRow('Making a group through the server', made),
    { figure: 'Making it: CPU of the server', measured: listed(making, 'ms') },
    costRow('Adding one more device through the server', added),
    { figure: 'Adding it: CPU of the server', measured: listed(adding, 'ms') },
  ]
}

const measureGroups = async (solo: Solo, { quick, progress }: BenchContext): Promise<readonly Row[]> => {
  await solo.generator.call('registerPeople', { url: solo.backscroll.rest, count: Math.max(...sizes) + additions })
  await oneGroup(solo, 10)
  const groups: Round[][] = []
  for (const size of sizes) {
    const rounds: Round[] = []
    while (rounds.length < (quick ? 1 : 3)) rounds.push(await oneGroup(solo, size))
    groups.push(rounds)
    progress(`server, group of ${size}: made in ${rounds.map(({ made }) => made.result.ms.toFixed(0)).join(', ')} ms`)
  }
  return groupRows(groups)
}

export const encryption: Bench = {
  name: 'encryption',
  title: 'Encryption',
  method:
    'Two SDK clients in one process on one core, their stores in memory: a text of 300 bytes is sent when the one before has been shown and acknowledged; latency from the call of `send` until the receiving application has the text. ' +
    'Four values are those of groups of 2, 10, 100 and 500 devices of as many users: made by one SDK client that claims the key packages of users who are not there, until the server has made the commit durable, and by the engine alone. Every certificate is verified for the first time. ' +
    'Medians; CPU is that of all threads of the client where nothing else is said, and on a machine that does other things too it says more than the clock. Sizes are of MLS messages in bytes; in JSON their base64 takes a third more.',
  run: (context) =>
    withServer(
      context.directory,
      async () => undefined,
      async (solo) => [
        ...(await measureDialogue(solo, context)),
        ...(await measureGroups(solo, context)),
        ...(await measureEngine(solo.generator, sizes, context)),
      ],
    ),
}
