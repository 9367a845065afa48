import { Command } from 'commander'
import { benches } from './benches.ts'
import { withTemporaryDirectory } from './process/temporary-directory.ts'
import { describeMachine, machineText } from './report/machine.ts'
import { mergedResults, wholeResults } from './report/results.ts'
import { type Section, terminalTable } from './report/table.ts'
import { writeDocs } from './report/write-docs.ts'
import type { Bench } from './runs/bench.ts'

interface Options {
  readonly quick?: boolean
  readonly json?: boolean
  readonly write?: boolean
}

const names = benches.map(({ name }) => name)

const program = new Command('npm run bench --')
  .description('Measures Backscroll on this machine, interleaved with a bare relay where a floor is named.')
  .argument('[names...]', `some of them: ${names.join(', ')}`)
  .option('--quick', 'fewer and shorter rounds: for a first look, not for a comparison')
  .option('--json', 'results as JSON on stdout instead of a table')
  .option('--write', 'also puts the results into docs/benchmarks.md; of some benches beside those of the others')
  .parse()
const options = program.opts<Options>()

const chosen = (): readonly Bench[] => {
  const wanted = program.args
  if (wanted.length === 0) return benches
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) program.error(`There is no bench ${unknown.join(', ')}; there are ${names.join(', ')}`)
  return benches.filter(({ name }) => wanted.includes(name))
}

const progress = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const run = async ({ name, title, method, run }: Bench): Promise<Section> => {
  const say = (text: string) => progress(`  ${name}: ${text}`)
  progress(`${name}: ${title}`)
  try {
    const rows = await withTemporaryDirectory((directory) =>
      run({ directory, quick: options.quick === true, progress: say }),
    )
    return { name, title, method, rows }
  } catch (error) {
    process.exitCode = 1
    say(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return { name, title, method, rows: [], error: String(error) }
  }
}

const sections: Section[] = []
for (const bench of chosen()) sections.push(await run(bench))

const machine = describeMachine()
const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')
const header = machineText(machine, command)
process.stdout.write(
  options.json === true
    ? `${JSON.stringify({ machine, command, sections }, null, 2)}\n`
    : `${header}\n${terminalTable(sections)}\n`,
)
if (options.write === true) {
  const order = benches.map(({ title }) => title)
  await writeDocs((text) =>
    program.args.length === 0 ? wholeResults(header, sections) : mergedResults(text, header, sections, order),
  )
}
