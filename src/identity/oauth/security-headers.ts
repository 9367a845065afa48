import type { ServerResponse } from 'node:http'

/** For `form-action`, which browsers also apply to the redirects after a form: where this sign-in's client waits. */
export const formTargetOf = (redirectUri: unknown): string | undefined => {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return undefined
  const { origin, protocol } = new URL(redirectUri)
  return origin === 'null' ? protocol : origin
}

const policy = (formTarget: string | undefined, scripts: boolean): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    // Empty means none; oidc-provider adds the hash of the one line that submits a form, where it has one.
    scripts ? "script-src 'self'" : 'script-src',
    `form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join(';')

/** Lets the forms of a page that already has the policy go on to this address. */
export const withFormTarget = (existing: string, formTarget: string): string =>
  existing.replace("form-action 'self'", `form-action 'self' ${formTarget}`)

/**
 * No script but this server's own where a page needs it, no frame, nothing from elsewhere, nothing in a cache. The
 * referrer stays on this site; without one, forms would have no origin.
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
