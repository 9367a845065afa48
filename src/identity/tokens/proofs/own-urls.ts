import { networkInterfaces } from 'node:os'

/** Is this URL, which a client claims to have requested, this server's own with that path? Queries do not count. */
export type IsOwnUrl = (url: string, path: string) => boolean

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** By a name that always means this machine, or by one of its own addresses. */
const isThisMachine = (hostname: string): boolean =>
  loopback.has(hostname) ||
  Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address, family }) => hostname === (family === 'IPv6' ? `[${address}]` : address)),
  )

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)

/**
 * By the public URL. Without one the server is reached at this machine, whichever port leads there. The `Host` of a
 * request proves nothing: a proxy in between can write anything there.
 */
export const createIsOwnUrl = (publicUrl: string | undefined): IsOwnUrl => {
  const base = publicUrl ?? 'http://localhost'
  return (url, path) => {
    const [shown, own] = [parse(url), parse(`${base}${path}`)]
    if (shown === undefined || own === undefined || shown.pathname !== own.pathname) return false
    return publicUrl === undefined ? isThisMachine(shown.hostname) : shown.origin === own.origin
  }
}
