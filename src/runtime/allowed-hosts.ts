import { isIP } from 'node:net'

/**
 * Which external addresses the server may contact on behalf of untrusted users. `push.example.org` allows one host,
 * `*.example.org` all hosts below it, and `*` all hosts. They are contacted by https on the usual port, and only at
 * public addresses. An origin such as `https://10.0.0.7:8443` is allowed exactly as written, because the operator
 * vouches for it.
 */
export interface AllowedHosts {
  /** Undefined if the address is refused. `vouched`: the address may be private. */
  judge(url: string): { readonly url: URL; readonly vouched: boolean } | undefined
}

const hostMatches = (host: string, pattern: string): boolean => {
  if (pattern === '*') return true
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern
}

const isOrigin = (pattern: string): boolean => pattern.includes('://')

/** Accepts only the canonical form, and refuses text that parsers may read in two ways. */
const plain = (text: string): URL | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isPlain = url.username === '' && url.password === '' && url.hash === '' && url.href === text
  return isPlain && url.protocol === 'https:' ? url : undefined
}

export const createAllowedHosts = (patterns: readonly string[]): AllowedHosts => {
  const origins = new Set(patterns.filter(isOrigin))
  const hosts = patterns.filter((pattern) => !isOrigin(pattern))
  return {
    judge: (text) => {
      const url = plain(text)
      if (url === undefined) return undefined
      if (origins.has(url.origin)) return { url, vouched: true }
      const isName = isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 && url.hostname.includes('.')
      const isAllowed = isName && url.port === '' && hosts.some((pattern) => hostMatches(url.hostname, pattern))
      return isAllowed ? { url, vouched: false } : undefined
    },
  }
}
