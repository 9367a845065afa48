import { isIP } from 'node:net'
import type { Config } from '../../config/config.ts'
import type { RelyingParty } from '../../identity/accounts/accounts-deps.ts'

/** How browsers reach this server. */
export interface PublicUrl {
  /** Without a slash at its end; undefined while nothing listens and none was set. */
  readonly of: () => string | undefined
  /** Tells the address that the server listens on, which is its public one when none was set. */
  readonly listening: (url: string) => void
}

export const createPublicUrl = ({ oauth }: Config): PublicUrl => {
  let url = oauth.publicUrl
  return {
    of: () => url,
    listening: (address) => {
      url ??= address
    },
  }
}

/** Whom passkeys are for. They need a domain: browsers make none for an address. */
export const relyingParty =
  ({ oauth, api }: Pick<Config, 'oauth' | 'api'>, publicUrl: Pick<PublicUrl, 'of'>) =>
  (): RelyingParty | undefined => {
    const url = publicUrl.of()
    if (url === undefined) return undefined
    const { hostname, origin } = new URL(url)
    const id = oauth.passkeyDomain ?? hostname
    const isAddress = isIP(id) !== 0 || id.startsWith('[')
    return isAddress ? undefined : { id, origins: [origin, ...api.corsOrigins] }
  }
