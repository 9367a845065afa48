import { print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { type ActOptions, createAdminRequests } from './admin-requests.ts'

/** Runs `backscroll admin close-group`. */
export const closeGroup = async (conversationId: string, options: ActOptions, env: Environment): Promise<void> => {
  const path = `/admin/conversations/${encodeURIComponent(conversationId)}/closure`
  await createAdminRequests(options, env).act('POST', path, options, { body: {} })
  print(options, { conversationId, ok: true }, 'It is closed.')
}
