import type { Api } from '../api-deps.ts'

/**
 * Waits for answers in progress, at most `graceMs`: a client that sends its request for ever, or does not read its
 * answer, does not delay the stop.
 */
export const closeApi = async (api: Api, graceMs: number): Promise<void> => {
  const forced = setTimeout(() => api.server.closeAllConnections(), graceMs)
  try {
    await api.close()
  } finally {
    clearTimeout(forced)
  }
}
