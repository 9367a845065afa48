import { isMainThread } from 'node:worker_threads'
import { answerTasks } from './answer-tasks.ts'

/**
 * Preloaded into every process that is measured (`node --import`), so that the program itself knows nothing of it. It answers from
 * inside; between calls it costs nothing.
 */
const collectGarbage = (): void => {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.()
}

export interface Usage {
  /** CPU seconds of all threads since the start. */
  readonly user: number
  readonly system: number
  /** CPU seconds of the main thread. */
  readonly mainThread: number
  /** Bytes. */
  readonly rss: number
}

const usage = (): Usage => {
  const { user, system } = process.cpuUsage()
  const main = process.threadCpuUsage()
  return {
    user: user / 1e6,
    system: system / 1e6,
    mainThread: (main.user + main.system) / 1e6,
    rss: process.memoryUsage.rss(),
  }
}

if (isMainThread && process.send !== undefined) {
  answerTasks({ usage, collectGarbage })
  process.channel?.unref()
}
