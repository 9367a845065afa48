import type { Logger } from 'pino'
import type { Metrics } from './metrics.ts'

/** The same damage is met again and again: it is counted each time and logged once. */
const remembered = 100

/** Counts damage, and logs it in one line, which `lineOf` makes of a finding. */
export const reportDamage = <Finding>(
  metrics: Pick<Metrics, 'logDamage'>,
  logger: Logger,
  lineOf: (finding: Finding) => string,
): ((finding: Finding) => void) => {
  const said = new Set<string>()
  return (finding) => {
    metrics.logDamage.inc()
    const line = lineOf(finding)
    if (said.has(line) || said.size >= remembered) return
    said.add(line)
    logger.fatal(line)
  }
}
