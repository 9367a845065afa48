/** Who is calling, as proved by an access token. */
export type UserRole = 'user' | 'analyst' | 'admin'

export interface Access {
  readonly userId: string
  readonly deviceId: string
  readonly roles: readonly UserRole[]
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
  /** The same, to the second; undefined when the token does not say. */
  readonly issuedAt?: number
  /** Another issuer said it: such a token never counts for an account that signs in here. */
  readonly foreign?: true
}

export interface TokenVerifier {
  /**
   * Rejects with `ProtocolError` `unauthenticated` or `token_expired`; never says which check failed, never logs the token.
   * `device`: the device id that the request says beside the token; it counts only for issuers whose tokens cannot say one.
   */
  verify(token: string, device?: string): Promise<Access>
}
