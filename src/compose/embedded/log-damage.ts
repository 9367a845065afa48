import type { Logger } from 'pino'
import { type LogFinding, lineOf } from '../../adapters/embedded/log/integrity/finding.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { LogError } from '../../ports/errors/log-error.ts'

/** The same damage is met again and again: it is counted each time and written down once. */
const remembered = 100

/** Counts what is found damaged, and says it in one line. */
export const reportDamage = (metrics: Pick<Metrics, 'logDamage'>, logger: Logger): ((finding: LogFinding) => void) => {
  const said = new Set<string>()
  return (finding) => {
    metrics.logDamage.inc()
    const line = lineOf(finding)
    if (said.has(line) || said.size >= remembered) return
    said.add(line)
    logger.fatal(line)
  }
}

/** Live delivery ends with a log that is damaged, but the process stays: it is not ready, takes nothing, and serves what it can read. */
export const unlessDamaged = (done: Promise<void>): Promise<unknown> =>
  done.catch((error: unknown) => {
    if (error instanceof LogError && error.code === 'log_damaged') return new Promise<never>(() => {})
    throw error
  })
