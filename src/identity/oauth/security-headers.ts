import type { ServerResponse } from 'node:http'

/** For `form-action`, which browsers apply to the redirects after a form, too: where the client of this sign-in is waiting. */
export const formTargetOf = (redirectUri: unknown): string | undefined => {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return undefined
  const { origin, protocol } = new URL(redirectUri)
  return origin === 'null' ? protocol : origin
}

const policy = (formTarget: string | undefined, scripts: boolean): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    // Empty means none; oidc-provider adds the hash of the one line that sends a form on, where it has one.
    scripts ? "script-src 'self'" : 'script-src',
    `form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join(';')

/** Lets the forms of a page that has the policy already go on to this address. */
export const withFormTarget = (existing: string, formTarget: string): string =>
  existing.replace("form-action 'self'", `form-action 'self' ${formTarget}`)

/**
 * No script but this server's own where a page needs it, no frame, nothing from elsewhere, nothing in a cache. The
 * referrer stays on this site; without one forms would have no origin.
 */
export const securityHeaders = (formTarget?: string, scripts = false): Readonly<Record<string, string>> => ({
  'content-security-policy': policy(formTarget, scripts),
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
})

export const setSecurityHeaders = (response: ServerResponse): void => {
  for (const [name, value] of Object.entries(securityHeaders())) response.setHeader(name, value)
}
