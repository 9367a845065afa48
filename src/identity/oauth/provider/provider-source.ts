import { stat } from 'node:fs/promises'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Provider } from 'oidc-provider'
import { readCookieKeys } from '../../tokens/keys/cookie-keys.ts'
import { keyFiles, readSigningKey } from '../../tokens/keys/local-keys.ts'
import { createKnownBrowsers, type KnownBrowsers } from '../interaction/known-browser.ts'
import type { OAuthDeps } from '../oauth-deps.ts'
import type { DeviceBinding } from './device-binding.ts'
import { createProvider, type ProviderKeys } from './provider.ts'

export interface CurrentProvider {
  readonly provider: Provider
  readonly publicUrl: string
  /** Secrets: the first one signs. */
  readonly cookieKeys: readonly string[]
  readonly known: KnownBrowsers
}

/** How often, in milliseconds, the key files are checked: a rotated key signs within this time. */
const lookInterval = 1000

const versionOf = async (directory: string): Promise<string> => {
  const { signing, cookies } = keyFiles(directory)
  const found = await Promise.all([stat(signing), stat(cookies)])
  return found.map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join()
}

const readKeys = async (directory: string): Promise<ProviderKeys> => {
  const [signing, cookies] = await Promise.all([readSigningKey(directory), readCookieKeys(directory)])
  return { signing, cookies }
}

/** The authorization server, created at the first request and again when its keys have changed. */
export const createProviderSource = (deps: OAuthDeps, binding: DeviceBinding): (() => Promise<CurrentProvider>) => {
  const { elapsed = () => performance.now() } = deps
  let current: (CurrentProvider & { readonly version: string }) | undefined
  let lookedAt = Number.NEGATIVE_INFINITY

  const make = async (publicUrl: string): Promise<CurrentProvider> => {
    const keys = await readKeys(deps.keyDirectory)
    const version = await versionOf(deps.keyDirectory)
    if (current?.version === version) return current
    const provider = createProvider(publicUrl, keys, deps, binding)
    const known = createKnownBrowsers(keys.cookies, publicUrl, deps.now)
    current = { version, publicUrl, cookieKeys: keys.cookies, known, provider }
    return current
  }

  return async () => {
    const publicUrl = deps.settings.publicUrl()
    if (publicUrl === undefined) throw new ProtocolError('unavailable', undefined, { retryAfterMs: 1000 })
    if (current !== undefined && elapsed() - lookedAt < lookInterval) return current
    lookedAt = elapsed()
    return make(publicUrl)
  }
}
