import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/config-problems.ts'
import { createLocalKeys } from '../../identity/tokens/keys/local-keys.ts'

/** Throws a `ConfigError` where the settings name a key set from elsewhere: its holder issues the tokens. */
export const requireOwnKeys = ({ tokens }: Config): void => {
  if (tokens.jwksFile !== undefined || tokens.jwksUrl !== undefined)
    throw new ConfigError([
      'BACKSCROLL_JWKS_FILE or BACKSCROLL_JWKS_URL is set: tokens come from whoever holds that key',
    ])
}

/** The server's own key, the only one that can sign. It is created if there is none yet. */
export const ownKeys = (config: Config) => {
  requireOwnKeys(config)
  return createLocalKeys(join(config.dataDirectory, 'keys'))
}
