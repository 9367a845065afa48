import { lineOf } from '../../adapters/embedded/log/integrity/finding.ts'
import { type Repair, repairLog as repairDirectory } from '../../adapters/embedded/log/repair-log.ts'
import { readEvidence } from '../../compose/embedded/read-evidence.ts'
import { type JsonOption, print } from '../output.ts'
import { type Environment, embeddedDirectory } from '../settings/embedded-directory.ts'
import { scanProgress } from './scan-progress.ts'

export interface LogRepairOptions extends JsonOption {
  readonly acceptLoss?: true
}

type Mended = Extract<Repair, { readonly outcome: 'mended' }>

const newEpoch =
  'The log has a new epoch: devices load a snapshot when they come back, the views are rebuilt at the next start.'

const mendedText = ({ finding, salvaged, aside }: Mended): string => {
  const kept =
    salvaged === undefined
      ? 'What events.db holds is the log from now on.'
      : `${salvaged.kept} events were kept, ${salvaged.lost} are lost, ${salvaged.bodiesLost} lost their body.`
  const where = aside === undefined ? '' : ` What was there is in ${aside}.`
  return `${finding.what}. ${kept}${where} ${newEpoch}`
}

const textOf = (repair: Repair): string => {
  switch (repair.outcome) {
    case 'whole':
      return `The event log is whole: ${repair.events} events. Nothing was done.`
    case 'recorded':
      return `The event log is whole: ${repair.events} events. Its end is recorded again.`
    case 'refused':
      return `${lineOf(repair.finding)}. Nothing was done.`
    case 'mended':
      return mendedText(repair)
  }
}

/** `backscroll log repair`. Exit code 0: the log is intact now; 1: it is damaged, and nothing was done. */
export const repairLog = async (options: LogRepairOptions, env: Environment): Promise<void> => {
  const directory = embeddedDirectory(env)
  const { onProgress, end } = scanProgress(options)
  const evidence = await readEvidence(directory)
  const repair = repairDirectory(directory, {
    evidence,
    onProgress,
    acceptLoss: options.acceptLoss === true,
    now: Date.now(),
  })
  end()
  print(options, repair, textOf(repair))
  if (repair.outcome === 'refused') process.exitCode = 1
}
