import { commandResult } from '@backscroll/protocol/rest/command-result'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Rest } from '../rest/rest-client.ts'

/**
 * Accepts a conversation that waits for this user's answer. Does nothing if none waits. A failure is retried at the
 * next check.
 */
export const createAcceptRequest =
  (rest: Pick<Rest, 'request'>, onError: (thrown: unknown) => void) =>
  async (conversationId: string): Promise<void> => {
    const path = `/requests/${encodeURIComponent(conversationId)}/accept`
    try {
      await rest.request({ method: 'POST', path, schema: commandResult })
    } catch (thrown) {
      if (toBackscrollError(thrown).code !== 'not_found') onError(thrown)
    }
  }
