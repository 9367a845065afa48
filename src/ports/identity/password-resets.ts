/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */
export interface PasswordReset {
  /** The code itself is nowhere but in the link. */
  readonly codeHash: string
  readonly userId: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
  readonly expiresAt: number
}

export interface PasswordResetStore {
  /** Beyond `keep` of a user the oldest ones go. */
  putReset(reset: PasswordReset, keep: number): Promise<void>
  /** Whose it is, and whether it could be used now. */
  resetOf(codeHash: string, now: number): Promise<PasswordReset | undefined>
  /**
   * Sets the password, refuses all older tokens, and ends every link of the user. Of several at the same time exactly
   * one gets true; false for one that was used, has expired, or whose account has no password or is not active.
   */
  useReset(codeHash: string, passwordHash: string, now: number): Promise<boolean>
}
