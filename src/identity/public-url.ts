import { isIP } from 'node:net'
import type { RelyingParty } from './accounts/accounts-deps.ts'

/** How browsers reach this server. */
export interface PublicUrl {
  /** Without a slash at its end; undefined while nothing listens and none was set. */
  readonly of: () => string | undefined
  /** Tells the address that the server listens on, which is its public one when none was set. */
  readonly listening: (url: string) => void
}

/** `configured`: undefined where none is set. */
export const createPublicUrl = (configured: string | undefined): PublicUrl => {
  let url = configured
  return {
    of: () => url,
    listening: (address) => {
      url ??= address
    },
  }
}

export interface PasskeySettings {
  /** Undefined: the host of the public URL. */
  readonly passkeyDomain: string | undefined
  /** Where else pages are that use them. */
  readonly corsOrigins: readonly string[]
}

/** The relying party of passkeys. It needs a domain: browsers create no passkey for an IP address. */
export const relyingParty =
  ({ passkeyDomain, corsOrigins }: PasskeySettings, publicUrl: Pick<PublicUrl, 'of'>) =>
  (): RelyingParty | undefined => {
    const url = publicUrl.of()
    if (url === undefined) return undefined
    const { hostname, origin } = new URL(url)
    const id = passkeyDomain ?? hostname
    const isAddress = isIP(id) !== 0 || id.startsWith('[')
    return isAddress ? undefined : { id, origins: [origin, ...corsOrigins] }
  }
