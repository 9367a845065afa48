/** Who is calling, as proved by an access token. */
export type UserRole = 'user' | 'analyst' | 'admin'

export interface Access {
  readonly userId: string
  readonly deviceId: string
  readonly roles: readonly UserRole[]
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

export interface TokenVerifier {
  /** Rejects with `ProtocolError` `unauthenticated` or `token_expired`; never says which check failed, never logs the token. */
  verify(token: string): Promise<Access>
}
