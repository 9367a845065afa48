import { issueToken } from '../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../src/identity/tokens/keys/local-keys.ts'

/** A token for a user's device `phone`. */
export type TokenSource = (user: string) => Promise<string>

const audience = 'backscroll'

/** `directory` holds the key pair whose public half the server was given. */
export const createTokenSource = async (directory: string): Promise<TokenSource> => {
  const keys = await createLocalKeys(directory)
  return (user) => issueToken({ keys, issuer: audience, audience }, { user, device: 'phone', ttl: 7200 })
}
