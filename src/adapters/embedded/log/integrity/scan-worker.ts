import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { openForReading } from '../schema.ts'
import type { LogFinding } from './finding.ts'
import { createScan } from './scan.ts'

/** The thread that checks the whole log, again and again, in small steps with pauses. */
export interface ScanWorkerData {
  readonly directory: string
  /** At least. */
  readonly pauseMs: number
  readonly restMs: number
}

const eventsAStep = 250
/**
 * The most that it uses of one processor: other work goes first, so a step that took long on a busy machine is
 * followed by a long pause.
 */
const share = 1 / 20

const pauseAfter = (tookMs: number): number => Math.max(pauseMs, tookMs * (1 / share - 1))

const { directory, pauseMs, restMs }: ScanWorkerData = workerData
const port = parentPort
if (port === null) throw new Error('scan-worker runs in a worker thread only')

const closing = new AbortController()
port.on('message', () => closing.abort())
const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: closing.signal })

const say = (finding: LogFinding): void => port.postMessage(finding)
const db = openForReading(directory)

/** Ends with the log, or with the first damage: nothing after it can be judged. */
const scanOnce = async (): Promise<boolean> => {
  const scan = createScan(db)
  for (;;) {
    const start = performance.now()
    const found = scan.step(eventsAStep)
    if (found === 'end') return true
    if (found !== 'more') {
      say(found)
      return false
    }
    await pause(pauseAfter(performance.now() - start))
  }
}

try {
  while (await scanOnce()) await pause(restMs)
} catch (error) {
  if (!closing.signal.aborted) throw error
} finally {
  db.close()
  port.close()
}
