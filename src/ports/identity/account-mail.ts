/** What a person is to be told where the server has no device of theirs to tell it to. */
export interface Letter {
  readonly kind: 'password_reset'
  /** Unique: the same letter again is the same. */
  readonly id: string
  readonly userId: string
  readonly login: string
  /** A secret: whoever opens it can set the password. */
  readonly link: string
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** Hands letters to whoever reaches people. Rejects when it could not; never logs the link. */
export interface AccountMail {
  send(letter: Letter): Promise<void>
}
