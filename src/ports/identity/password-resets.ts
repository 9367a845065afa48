/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
export interface PasswordReset {
  /** The code itself exists only in the link. */
  readonly codeHash: string
  readonly userId: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  readonly expiresAt: number
}

export interface PasswordResetStore {
  /** A user keeps `keep` links at most; the oldest go first. */
  putReset(reset: PasswordReset, keep: number): Promise<void>
  /** The user whom the link is for, and whether it could be used now. */
  resetOf(codeHash: string, now: number): Promise<PasswordReset | undefined>
  /**
   * Sets the password, refuses all older tokens, and ends every link of the user. If several calls use the same
   * link, exactly one gets true. False for a link that was used or has expired, or whose account has no password
   * or is not active.
   */
  useReset(codeHash: string, passwordHash: string, now: number): Promise<boolean>
}
