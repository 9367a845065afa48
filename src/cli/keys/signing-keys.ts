import { join } from 'node:path'
import { ownKeys } from '../../compose/identity/own-keys.ts'
import { loadConfig } from '../../config/config.ts'
import { readCookieKeys } from '../../identity/tokens/keys/cookie-keys.ts'
import { rotateKeys } from '../../identity/tokens/keys/rotate-keys.ts'
import { readSealingKeys } from '../../identity/tokens/keys/sealing-key.ts'
import { readVapidKeys } from '../../identity/tokens/keys/vapid-keys.ts'
import { type JsonOption, print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { requireSigningKey } from '../settings/existing-directory.ts'

/** `backscroll keys create`. */
export const createKeys = async (options: JsonOption, env: Environment): Promise<void> => {
  const config = loadConfig(env)
  const { kid } = await ownKeys(config)
  await readCookieKeys(join(config.dataDirectory, 'keys'))
  await readSealingKeys(join(config.dataDirectory, 'keys'))
  await readVapidKeys(join(config.dataDirectory, 'keys'))
  print(options, { kid }, `${kid} signs`)
}

export interface RotateOptions extends JsonOption {
  /** Seconds. */
  readonly keep: number
}

/** `backscroll keys rotate`. */
export const rotateSigningKey = async (options: RotateOptions, env: Environment): Promise<void> => {
  const config = loadConfig(env)
  requireSigningKey(config)
  const rotated = await rotateKeys(join(config.dataDirectory, 'keys'), options.keep * 1000, Date.now())
  const { kid, retiredKid, withdrawn } = rotated
  const text = `${kid} signs from now on; ${retiredKid} is published for a while; withdrawn: ${withdrawn}`
  print(options, { kid, retiredKid, withdrawn }, text)
}
