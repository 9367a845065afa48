import type { Cost } from '../load/cost.ts'
import type { MlsGroupCosts } from '../load/mls-group.ts'
import type { Child } from '../process/start-child.ts'
import { costRow, listed, medianCost } from '../report/cost-row.ts'
import type { Row } from '../report/row.ts'
import type { BenchContext } from './bench.ts'

type Rounds = readonly MlsGroupCosts[]
type Step = Exclude<keyof MlsGroupCosts, 'bytes'>

const measure = async (generator: Child, size: number, { quick, progress }: BenchContext): Promise<Rounds> => {
  const rounds: MlsGroupCosts[] = []
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const costs = await generator.call<MlsGroupCosts>('mlsGroup', { size })
    rounds.push(costs)
    progress(`engine, group of ${size}: made in ${costs.make.ms.toFixed(0)} ms, one more in ${costs.add.ms.toFixed(0)}`)
  }
  return rounds
}

const bytesRows = (groups: readonly MlsGroupCosts['bytes'][]): readonly Row[] => {
  const [message = 0, keyPackage = 0] = [groups[0]?.message, groups[0]?.keyPackage]
  const kilobytes = (of: (bytes: MlsGroupCosts['bytes']) => number): string =>
    listed(
      groups.map((bytes) => of(bytes) / 1000),
      'kB',
    )
  return [
    { figure: 'Size of a message; of a key package', measured: listed([message, keyPackage], 'B') },
    { figure: 'Size of the commit that makes a group', measured: kilobytes(({ made }) => made.commit) },
    { figure: 'Its Welcome, for all', measured: kilobytes(({ made }) => made.welcome) },
    { figure: 'Its group info, with the tree', measured: kilobytes(({ made }) => made.groupInfo) },
    { figure: 'Size of the commit that adds one more device', measured: kilobytes(({ added }) => added.commit) },
    { figure: 'Its Welcome, with the tree', measured: kilobytes(({ added }) => added.welcome) },
  ]
}

const rowsOf = (groups: readonly Rounds[]): readonly Row[] => {
  const all = (step: Step): readonly Cost[] => groups.map((rounds) => medianCost(rounds.map((costs) => costs[step])))
  return [
    costRow('Engine: making a group', all('make')),
    costRow('Engine: joining it by the Welcome', all('join')),
    costRow('Engine: adding one more device, for the one who adds it', all('add')),
    costRow('Engine: taking that addition in, for each other device', all('follow')),
    costRow('Engine: sealing a message', all('seal')),
    costRow('Engine: opening a message', all('open')),
    ...bytesRows(groups.flatMap((rounds) => rounds[0]?.bytes ?? [])),
  ]
}

/** The SDK's MLS engine in the generator's process, without a server. */
export const measureEngine = async (
  generator: Child,
  sizes: readonly number[],
  context: BenchContext,
): Promise<readonly Row[]> => {
  // For the compilers.
  await generator.call('mlsGroup', { size: 10 })
  const groups: Rounds[] = []
  for (const size of sizes) groups.push(await measure(generator, size, context))
  return rowsOf(groups)
}
