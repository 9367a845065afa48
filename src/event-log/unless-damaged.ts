import { LogError } from '../ports/errors/log-error.ts'

/** Live delivery ends with a log that is damaged, but the process stays: it is not ready, takes nothing, and serves what it can read. */
export const unlessDamaged = (done: Promise<void>): Promise<unknown> =>
  done.catch((error: unknown) => {
    if (error instanceof LogError && error.code === 'log_damaged') return new Promise<never>(() => {})
    throw error
  })
