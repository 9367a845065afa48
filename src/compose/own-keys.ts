import { join } from 'node:path'
import { createLocalKeys } from '../auth/local-keys.ts'
import type { Config } from '../config.ts'
import { ConfigError } from '../config-problems.ts'

/** Only the server's own key can sign; with a key set from elsewhere, whoever holds its private half issues the tokens. */
export const ownKeys = ({ tokens, dataDirectory }: Config) => {
  if (tokens.jwksFile === undefined && tokens.jwksUrl === undefined) return createLocalKeys(join(dataDirectory, 'keys'))
  throw new ConfigError(['BACKSCROLL_JWKS_FILE or BACKSCROLL_JWKS_URL is set: tokens come from whoever holds that key'])
}
