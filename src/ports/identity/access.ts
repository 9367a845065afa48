/** The caller, as proved by an access token. */
export type UserRole = 'user' | 'analyst' | 'admin'

export interface Access {
  readonly userId: string
  readonly deviceId: string
  readonly roles: readonly UserRole[]
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
  /** The same, to the second; undefined when the token does not say. */
  readonly issuedAt?: number
  /** Another issuer said this. Such a token never counts for an account that signs in here. */
  readonly foreign?: true
  /** The registered key of the device, base64, if the request was shown to come from that device. */
  readonly deviceKey?: string
}

/** What a proof of the device's key has to state about a request, and the proof, if there is one. */
export interface ShownRequest {
  readonly method: string
  /** Relative to the server's public URL; a query is ignored. */
  readonly path: string
  readonly proof: string | undefined
}

/**
 * `key`: the device's registered key, base64. Rejects with `ProtocolError` `invalid_dpop_proof`, whose details give
 * the reason, or `use_dpop_nonce`.
 */
export interface DeviceProofs {
  /** The nonce that a proof made now has to hold. */
  nonce(): string
  /** Accepts each proof once. `token`: the access token that comes with the request, if any. */
  request(shown: ShownRequest, key: string, token?: string): Promise<void>
  /** `challenge`: the question that this connection was asked. */
  connection(shown: ShownRequest, key: string, token: string, challenge: string): Promise<void>
}

/** `outdated`: another token is needed, and may be believed. The other reasons say why no token will be. */
export type AccessVerdict = 'stands' | 'outdated' | 'revoked' | 'signed_out' | 'account_deactivated' | 'account_erased'

/** The part of an admitted access that decides whether it still counts. */
export interface OpenAccess {
  readonly userId: string
  readonly deviceId: string
  /** As in `Access`. */
  readonly issuedAt?: number | undefined
  /** The device had no key at that time, so it has proved nothing. */
  readonly keyless?: boolean | undefined
}

export interface AccessJudge {
  /**
   * Reads the accounts store, not a cache. Answers in the order of `accesses`. Rejects when the store does not
   * answer.
   */
  judge(accesses: readonly OpenAccess[]): Promise<readonly AccessVerdict[]>
}

export interface TokenVerifier {
  /**
   * Rejects with `ProtocolError` `unauthenticated` or `token_expired`. It never says which check failed, and
   * never logs the token. `device`: the device id that the request states beside the token; it counts only for
   * issuers whose tokens cannot hold one.
   */
  verify(token: string, device?: string): Promise<Access>
}

export interface RequestVerifier {
  /**
   * The same, and if the device has a key, the request has to show that it comes from it: `invalid_dpop_proof`,
   * `use_dpop_nonce`.
   */
  verify(token: string, device: string | undefined, shown: ShownRequest): Promise<Access>
}

/** An access that counts for nothing until `prove` has resolved. Without `prove` the device has no key to prove. */
export interface SocketAccess extends Access {
  readonly prove?: (proof: string | undefined, challenge: string) => Promise<void>
}

export interface SocketVerifier {
  verify(token: string, device?: string): Promise<SocketAccess>
}
