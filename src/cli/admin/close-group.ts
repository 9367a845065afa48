import { done } from '@backscroll/protocol/rest/done'
import { print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests } from '../settings/operator-requests.ts'
import type { WorkOptions } from './reports.ts'

/** Runs `backscroll admin close-group`. */
export const closeGroup = async (conversationId: string, options: WorkOptions, env: Environment): Promise<void> => {
  const why = options.reason === undefined ? '' : `?reason=${options.reason}`
  const path = `/admin/conversations/${encodeURIComponent(conversationId)}/closure${why}`
  await createOperatorRequests(options.server, env)(done, path, {})
  print(options, { conversationId, ok: true }, 'It is closed.')
}
