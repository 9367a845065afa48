import type { Worker } from 'node:worker_threads'

/** Node sets the id of a thread that has ended to -1. */
const hasEnded = (worker: Worker): boolean => worker.threadId === -1

const exitOf = (worker: Worker): Promise<void> =>
  hasEnded(worker) ? Promise.resolve() : new Promise((resolve) => worker.once('exit', () => resolve()))

/**
 * Tells a thread to end, by a message that it knows, and resolves when it has ended.
 *
 * `Worker.terminate()` alone is unsafe: where it meets a native module that is being loaded or that calls back,
 * such as better-sqlite3, Node aborts the whole process. So it is used only on a thread that does not end in `patienceMs`.
 */
export const endThread = async (worker: Worker, message: unknown, patienceMs = 10_000): Promise<void> => {
  const exited = exitOf(worker)
  worker.postMessage(message)
  const giveUp = setTimeout(() => void worker.terminate(), patienceMs)
  await exited
  clearTimeout(giveUp)
}
