import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { checkKeyFile } from '../../identity/tokens/keys/check-key-file.ts'
import type { KeySource } from '../../identity/tokens/keys/key-set.ts'
import { createLocalKeys } from '../../identity/tokens/keys/local-keys.ts'

/**
 * The keys that sign access tokens: another issuer's if one is configured, otherwise this installation's own, which
 * is created when it is missing.
 */
export const keySource = async ({ tokens, dataDirectory }: Config): Promise<KeySource> => {
  if (tokens.jwksUrl !== undefined) return { jwksUrl: tokens.jwksUrl }
  if (tokens.jwksFile !== undefined) {
    await checkKeyFile(tokens.jwksFile)
    return { file: tokens.jwksFile }
  }
  return { file: (await createLocalKeys(join(dataDirectory, 'keys'))).jwksFile }
}
