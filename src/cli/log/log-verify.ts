import { diagnose } from '../../adapters/embedded/log/integrity/diagnose.ts'
import { lineOf } from '../../adapters/embedded/log/integrity/finding.ts'
import { readEvidence } from '../../compose/embedded/read-evidence.ts'
import { type Environment, embeddedDirectory } from '../embedded-directory.ts'
import { createProgress } from '../migrate/migrate-progress.ts'

/** What is done is shown on a terminal. */
export const scanProgress = () => {
  const progress = createProgress(process.stderr, () => performance.now())
  let show: ((done: number) => void) | undefined
  return {
    onProgress: (position: number, head: number): void => {
      show ??= progress.stage('events', head)
      show(position)
    },
    end: () => {
      if (show !== undefined) progress.end()
    },
  }
}

export interface LogCommandOptions {
  readonly json?: true
}

/** `backscroll log verify`. Exit code 0: whole; 1: damaged. */
export const verifyLog = async ({ json }: LogCommandOptions, env: Environment): Promise<void> => {
  const directory = embeddedDirectory(env)
  const { onProgress, end } = scanProgress()
  const { finding, events } = diagnose(directory, { evidence: await readEvidence(directory), onProgress })
  end()
  const text = finding === undefined ? `The event log is whole: ${events} events.` : lineOf(finding)
  const result = { whole: finding === undefined, events, ...(finding !== undefined && { finding }) }
  process.stdout.write(`${json ? JSON.stringify(result) : text}\n`)
  if (finding !== undefined) process.exitCode = 1
}
