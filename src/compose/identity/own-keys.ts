import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/config-problems.ts'
import { createLocalKeys } from '../../identity/tokens/keys/local-keys.ts'

/**
 * Only the server's own key can sign; with a key set from elsewhere, the holder of its private half issues the
 * tokens.
 */
export const ownKeys = ({ tokens, dataDirectory }: Config) => {
  if (tokens.jwksFile === undefined && tokens.jwksUrl === undefined) return createLocalKeys(join(dataDirectory, 'keys'))
  throw new ConfigError(['BACKSCROLL_JWKS_FILE or BACKSCROLL_JWKS_URL is set: tokens come from whoever holds that key'])
}
