import { Worker } from 'node:worker_threads'

export interface SlowStart {
  /** What the start does from now on. */
  doing(step: string): void
  /** The start is over. */
  end(): void
}

/**
 * Logs what a start is doing that takes longer than two seconds. In a thread of its own, because opening a large or
 * damaged file keeps the main thread from its timers.
 */
export const watchSlowStart = (): SlowStart => {
  const worker = new Worker(new URL('./slow-start-worker.ts', import.meta.url), { name: 'slow-start' })
  // The watcher must not end what it watches.
  worker.on('error', () => {})
  worker.unref()
  return {
    doing: (step) => worker.postMessage(step),
    end: () => void worker.terminate(),
  }
}
