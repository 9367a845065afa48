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

/** `outdated`: another token is needed, and may be believed. The others say why none will be. */
export type AccessVerdict = 'stands' | 'outdated' | 'revoked' | 'signed_out' | 'account_deactivated' | 'account_erased'

/** Of an access that was admitted, what decides whether it still counts. */
export interface OpenAccess {
  readonly userId: string
  readonly deviceId: string
  /** As of `Access`. */
  readonly issuedAt?: number | undefined
}

export interface AccessJudge {
  /** By what the accounts' store holds now, not from memory; answers in the order of `accesses`. Rejects when the store does not answer. */
  judge(accesses: readonly OpenAccess[]): Promise<readonly AccessVerdict[]>
}

export interface TokenVerifier {
  /**
   * Rejects with `ProtocolError` `unauthenticated` or `token_expired`; never says which check failed, never logs the token.
   * `device`: the device id that the request says beside the token; it counts only for issuers whose tokens cannot say one.
   */
  verify(token: string, device?: string): Promise<Access>
}
