import { LogError } from '../../ports/errors/log-error.ts'
import type { StreamReader } from '../event-logs.ts'

/** The log does not answer, which may be temporary: of several, the others go on without it. */
export const isSilence = (error: unknown): boolean => error instanceof LogError && error.code === 'log_unavailable'

/** Waits for each answer no longer than `patienceMs`. */
export const impatient = ({ readStream }: StreamReader, patienceMs: number): StreamReader => ({
  readStream: async (slice) => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new LogError('log_unavailable', `No answer within ${patienceMs} ms`)),
      patienceMs,
    )
    try {
      return await Promise.race([readStream(slice), late.promise])
    } finally {
      clearTimeout(timer)
    }
  },
})
