import { Worker } from 'node:worker_threads'
import { endThread } from '../../../../runtime/end-thread.ts'
import { fileDamage, type LogFinding } from './finding.ts'
import type { ScanWorkerData } from './scan-worker.ts'

export interface BackgroundScan {
  close(): Promise<void>
}

export interface BackgroundScanOptions {
  readonly directory: string
  readonly onFinding: (finding: LogFinding) => void
  /** The least time between two steps, in milliseconds. */
  readonly pauseMs?: number
  /** From the end of the log to the next scan from its beginning, in milliseconds. */
  readonly restMs?: number
}

/** At 250 events a step and a twentieth of a processor: about 5,000 a second, so 10 million take half an hour. */
const defaults = { pauseMs: 25, restMs: 6 * 3600 * 1000 }

/** Checks all events of an open log, in a thread of its own, as long as the log is open. */
export const startBackgroundScan = (options: BackgroundScanOptions): BackgroundScan => {
  const { directory, onFinding, pauseMs = defaults.pauseMs, restMs = defaults.restMs } = options
  const workerData: ScanWorkerData = { directory, pauseMs, restMs }
  const worker = new Worker(new URL('./scan-worker.ts', import.meta.url), { workerData, name: 'log-scan' })
  worker.on('message', onFinding)
  worker.on('error', (error) => onFinding(fileDamage(error)))
  return { close: () => endThread(worker, 'close') }
}
