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
  /** The registered key of the device, base64, where this access was shown to be the device's. */
  readonly deviceKey?: string
}

/** What of a request a proof of the device's key has to speak of, and the proof, if there is one. */
export interface ShownRequest {
  readonly method: string
  /** Below the server's public URL; a query does not count. */
  readonly path: string
  readonly proof: string | undefined
}

/**
 * `key`: the device's registered key, base64. Rejects with `ProtocolError` `invalid_dpop_proof`, whose details say why,
 * and `use_dpop_nonce`.
 */
export interface DeviceProofs {
  /** What a proof made now has to say. */
  nonce(): string
  /** Each proof once. `token`: the access token that goes with the request, if one does. */
  request(shown: ShownRequest, key: string, token?: string): Promise<void>
  /** `challenge`: what this very connection was asked. */
  connection(shown: ShownRequest, key: string, token: string, challenge: string): Promise<void>
}

/** `outdated`: another token is needed, and may be believed. The others say why none will be. */
export type AccessVerdict = 'stands' | 'outdated' | 'revoked' | 'signed_out' | 'account_deactivated' | 'account_erased'

/** The part of an admitted access that decides whether it still counts. */
export interface OpenAccess {
  readonly userId: string
  readonly deviceId: string
  /** As of `Access`. */
  readonly issuedAt?: number | undefined
  /** The device had no key then, so it has proved nothing. */
  readonly keyless?: boolean | undefined
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

export interface RequestVerifier {
  /** The same, and the request has to show that it comes from the device, if that has a key: `invalid_dpop_proof`, `use_dpop_nonce`. */
  verify(token: string, device: string | undefined, shown: ShownRequest): Promise<Access>
}

/** An access that counts for nothing until `prove` has resolved; without it the device has no key to prove. */
export interface SocketAccess extends Access {
  readonly prove?: (proof: string | undefined, challenge: string) => Promise<void>
}

export interface SocketVerifier {
  verify(token: string, device?: string): Promise<SocketAccess>
}
