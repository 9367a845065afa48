import { SignJWT } from 'jose'
import type { UserRole } from '../../ports/identity/access.ts'
import { accessOfClaims } from './claims.ts'
import type { LocalKeys } from './keys/local-keys.ts'

export interface TokenRequest {
  readonly user: string
  readonly device: string
  readonly roles?: readonly UserRole[]
  /** Lifetime in seconds. */
  readonly ttl: number
}

export interface TokenIssuer {
  readonly keys: LocalKeys
  readonly issuer: string
  readonly audience: string
  readonly now?: () => number
}

/** Signs an access token with the server's own key. Throws for a user or device id that the server would refuse. */
export const issueToken = async (by: TokenIssuer, request: TokenRequest): Promise<string> => {
  const issuedAt = Math.floor((by.now ?? Date.now)() / 1000)
  const claims = { sub: request.user, device: request.device, roles: [...(request.roles ?? ['user'])] }
  const payload = { ...claims, iat: issuedAt, exp: issuedAt + request.ttl }
  if (accessOfClaims(payload) === undefined) throw new Error('This is no valid user id, device id or role')
  return new SignJWT({ ...payload, iss: by.issuer, aud: by.audience })
    .setProtectedHeader({ alg: 'EdDSA', kid: by.keys.kid, typ: 'JWT' })
    .sign(by.keys.privateKey)
}
