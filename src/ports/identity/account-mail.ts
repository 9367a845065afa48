/** A message to a person whom the server cannot reach through a device. */
export interface Letter {
  readonly kind: 'password_reset'
  /** Unique: a letter with the same id is the same letter. */
  readonly id: string
  readonly userId: string
  readonly login: string
  /** A secret: whoever opens it can set the password. */
  readonly link: string
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** Hands letters to the service that reaches people. Rejects when it could not; never logs the link. */
export interface AccountMail {
  send(letter: Letter): Promise<void>
}
