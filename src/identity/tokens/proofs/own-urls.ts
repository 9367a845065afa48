import { networkInterfaces } from 'node:os'

/** Is this URL, which a client says that it asked for, this server's own with that path? Queries do not count. */
export type IsOwnUrl = (url: string, path: string) => boolean

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** By a name that always means this machine, or by an address of its own. */
const isThisMachine = (hostname: string): boolean =>
  loopback.has(hostname) ||
  Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address, family }) => hostname === (family === 'IPv6' ? `[${address}]` : address)),
  )

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)

/**
 * By the public URL. Without one the server is reached at this machine, whichever port leads there. The `Host` of a
 * request says nothing: who passes requests on to this server writes there what they like.
 */
export const createIsOwnUrl = (publicUrl: string | undefined): IsOwnUrl => {
  const base = publicUrl ?? 'http://localhost'
  return (url, path) => {
    const [shown, own] = [parse(url), parse(`${base}${path}`)]
    if (shown === undefined || own === undefined || shown.pathname !== own.pathname) return false
    return publicUrl === undefined ? isThisMachine(shown.hostname) : shown.origin === own.origin
  }
}
