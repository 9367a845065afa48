/**
 * The credentials of a request, RFC 9110: the scheme Bearer (RFC 6750) or DPoP (RFC 9449), in any case, and the token as
 * both spell it: base64 or base64url, with what JSON Web Tokens put between.
 */
const credentials = /^(?:Bearer|DPoP) +([A-Za-z0-9._~+/-]+=*) *$/i

/** The access token that the header Authorization shows [T2]; undefined where there is none, or something else. */
export const accessTokenOf = (authorization: string | undefined): string | undefined =>
  credentials.exec(authorization ?? '')?.[1]

/** Names the device when the token's issuer cannot. */
export const deviceHeader = 'backscroll-device'

/** One header of a request; undefined where it occurs more than once. */
export const singleHeader = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined
