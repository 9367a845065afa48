import { join } from 'node:path'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'

export type Tokens = (user: string, device?: string, ttlSeconds?: number) => Promise<string>

/** Access tokens signed with the key of the server whose data directory it is. */
export const openTokens = async (directory: string): Promise<Tokens> => {
  const by = { keys: await createLocalKeys(join(directory, 'keys')), issuer: 'backscroll', audience: 'backscroll' }
  return (user, device = 'phone', ttl = 3600) => issueToken(by, { user, device, ttl })
}
