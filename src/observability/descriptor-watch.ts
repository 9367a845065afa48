import { closeSync, openSync } from 'node:fs'
import type { Metrics } from './metrics.ts'

const everyMs = 5_000
/** The shortest time between two log lines. */
const saidEveryMs = 60_000

const line =
  'this process is out of file descriptors: connections are dropped before they are seen. Raise its limit (LimitNOFILE, ulimit -n), or find who opens so many'

const probe = (): void => closeSync(openSync('/dev/null', 'r'))

const isOutOfDescriptors = (look: () => void): boolean => {
  try {
    look()
    return false
  } catch (error) {
    return ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}

export interface DescriptorWatchDeps {
  readonly metrics: Pick<Metrics, 'outOfDescriptors'>
  readonly logger: { error(message: string): void }
  readonly everyMs?: number
}

/**
 * Node silently drops a connection for which there is no descriptor, so somebody has to look. Returns a function
 * that stops it.
 */
export const watchDescriptors = ({ metrics, logger, everyMs: every = everyMs }: DescriptorWatchDeps): (() => void) => {
  let saidAt = Number.NEGATIVE_INFINITY
  const look = (): void => {
    if (!isOutOfDescriptors(probe)) return
    metrics.outOfDescriptors.inc()
    if (performance.now() - saidAt < saidEveryMs) return
    saidAt = performance.now()
    logger.error(line)
  }
  const timer = setInterval(look, every).unref()
  return () => clearInterval(timer)
}
