import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { mutants } from './rules.ts'

/**
 * Switches off one rule of the SDK after the other, and sees that the generated liar finds it. `node test/mutants/run.ts [rule...]`: those whose name
 * holds one of the words, all without. BACKSCROLL_LIES_SECONDS: how long it may look for each (60), BACKSCROLL_SEED: the first seed.
 */
const config = fileURLToPath(new URL('./vitest.config.ts', import.meta.url))
const seconds = process.env.BACKSCROLL_LIES_SECONDS ?? '60'
const seed = Number(process.env.BACKSCROLL_SEED ?? 1)

interface Run {
  readonly code: number | null
  readonly output: string
}

const lookFor = (index: number): Promise<Run> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      MUTANT: String(index),
      BACKSCROLL_LIES_SECONDS: seconds,
      BACKSCROLL_SEED: String(seed + index),
    }
    const run = spawn('npx', ['vitest', 'run', '--config', config, '--maxWorkers=1'], {
      env: { ...env, NO_COLOR: '1' },
    })
    let output = ''
    run.stdout.on('data', (part) => (output += part))
    run.stderr.on('data', (part) => (output += part))
    run.on('close', (code) => resolve({ code, output }))
  })

/** What the liar found: not just any failure. */
const findingOf = ({ output }: Run): string | undefined => /AssertionError: seed \d+: (.*)/.exec(output)?.[1]
const wrongOf = ({ output }: Run): string | undefined =>
  /^Received: "?(.*?)"?$|expected '(.*)' to be undefined/m.exec(output)?.slice(1).find(Boolean)

const words = process.argv.slice(2)
let missed = 0
for (const [index, { rule }] of mutants.entries()) {
  if (words.length > 0 && !words.some((word) => rule.includes(word))) continue
  const from = Date.now()
  const run = await lookFor(index)
  const took = `${Math.round((Date.now() - from) / 1000)} s`
  const found = run.code !== 0 && findingOf(run) !== undefined
  if (!found) missed += 1
  process.stdout.write(`${found ? 'found ' : 'MISSED'} ${took.padStart(6)}  ${rule}: ${wrongOf(run) ?? ''}\n`)
  if (run.code !== 0 && !found) process.stdout.write(`${run.output.slice(-3000)}\n`)
}
process.exitCode = missed === 0 ? 0 : 1
