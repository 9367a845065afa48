import { diagnose } from '../../adapters/embedded/log/integrity/diagnose.ts'
import { lineOf } from '../../adapters/embedded/log/integrity/finding.ts'
import { newestEventAt } from '../../adapters/embedded/log/integrity/newest-event.ts'
import { readEvidence } from '../../compose/embedded/read-evidence.ts'
import { scanProgress } from '../log/scan-progress.ts'
import type { JsonOption } from '../output.ts'
import { type Finding, fine, wrong } from './check.ts'

export const checkLog = async (directory: string, options: JsonOption): Promise<Finding> => {
  const { onProgress, end } = scanProgress(options)
  const { finding, events } = diagnose(directory, { evidence: await readEvidence(directory), onProgress })
  end()
  return finding === undefined ? fine('log', `all ${events} events are whole`) : wrong('log', lineOf(finding))
}

/** Events up to a minute ahead may come from a clock that was corrected since. */
const toleranceMs = 60_000

const minutes = (ms: number): string => `${Math.ceil(ms / 60_000)} minutes`

export const checkClock = (directory: string, now: number): Finding => {
  const newest = newestEventAt(directory)
  if (newest === undefined || newest <= now + toleranceMs) return fine('clock', new Date(now).toISOString())
  return wrong(
    'clock',
    `the newest event is ${minutes(newest - now)} ahead of this machine's clock, ${new Date(now).toISOString()}: set the clock right (NTP), or tokens and retention go wrong`,
  )
}
