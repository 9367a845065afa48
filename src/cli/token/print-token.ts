import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ownKeys } from '../../compose/identity/own-keys.ts'
import { loadConfig } from '../../config/config.ts'
import { issueToken } from '../../identity/tokens/issue-token.ts'
import { keyFiles } from '../../identity/tokens/keys/local-keys.ts'
import type { UserRole } from '../../ports/identity/access.ts'
import { type JsonOption, print, say } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { vouchFor } from './vouch-for.ts'

export interface TokenOptions extends JsonOption {
  readonly user: string
  readonly device: string
  readonly role: UserRole
  /** Seconds. */
  readonly ttl: number
  readonly existingAccount?: true
  readonly grantRole?: true
}

const newKey = (directory: string): string =>
  `A new signing key was made, because ${resolve(directory)} had none: only a server with this BACKSCROLL_DATA takes its tokens.`

/** `backscroll token`. */
export const printToken = async (options: TokenOptions, env: Environment): Promise<void> => {
  const { user, device, role, ttl, existingAccount, grantRole } = options
  const config = loadConfig(env)
  const isNew = !existsSync(keyFiles(join(config.dataDirectory, 'keys')).signing)
  const keys = await ownKeys(config)
  // A token of another directory's key is refused by every server, and nothing else would say why.
  if (isNew) say(newKey(config.dataDirectory))
  const { issuer, audience } = config.tokens
  const roles: readonly UserRole[] = role === 'user' ? ['user'] : ['user', role]
  const meant = { existingAccount: existingAccount === true, grantRole: grantRole === true }
  const who = await vouchFor(config, { userId: user, deviceId: device, roles, ...meant })
  const expiresAt = new Date(Date.now() + ttl * 1000).toISOString()
  const token = await issueToken({ keys, issuer, audience }, { user, device, roles, ttl })
  say(who)
  print(options, { token, user, device, roles, expiresAt }, token)
}
