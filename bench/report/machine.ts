import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  readonly commit: string
  readonly date: string
}

const git = (...args: readonly string[]): string => {
  try {
    return execFileSync('git', args, { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

const commit = (): string => {
  const changed = git('status', '--porcelain', '--', 'src', 'packages') !== ''
  return `${git('rev-parse', '--short=12', 'HEAD') || 'unknown'}${changed ? ' with changes' : ''}`
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
  commit: commit(),
  date: new Date().toISOString().slice(0, 10),
})

export const machineText = (machine: Machine, command: string): string =>
  `${machine.date}, commit ${machine.commit}, ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, ` +
  `Node ${machine.node}, \`${command}\``
