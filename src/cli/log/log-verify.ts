import { diagnose } from '../../adapters/embedded/log/integrity/diagnose.ts'
import { lineOf } from '../../adapters/embedded/log/integrity/finding.ts'
import { readEvidence } from '../../compose/embedded/read-evidence.ts'
import { type JsonOption, print } from '../output.ts'
import { type Environment, embeddedDirectory } from '../settings/embedded-directory.ts'
import { scanProgress } from './scan-progress.ts'

/** `backscroll log verify`. Exit code 0: intact; 1: damaged. */
export const verifyLog = async (options: JsonOption, env: Environment): Promise<void> => {
  const directory = embeddedDirectory(env)
  const { onProgress, end } = scanProgress(options)
  const { finding, events } = diagnose(directory, { evidence: await readEvidence(directory), onProgress })
  end()
  const text = finding === undefined ? `The event log is whole: ${events} events.` : lineOf(finding)
  const result = { whole: finding === undefined, events, ...(finding !== undefined && { finding }) }
  print(options, result, text)
  if (finding !== undefined) process.exitCode = 1
}
