/**
 * What the authorization server remembers: sessions, codes, refresh tokens, grants. Small records with an expiry.
 *
 * Guarantees: each call is one transaction and durable when it resolves. `consume` is decided by the store, so that of several callers
 * at the same time exactly one gets true. A record that has expired is never found, whether it was deleted yet or not.
 */
export interface OAuthStore {
  /** Writes or overwrites. Being consumed stays. */
  put(record: OAuthRecord): Promise<void>
  find(kind: string, id: string, now: number): Promise<FoundOAuthRecord | undefined>
  findByUid(kind: string, uid: string, now: number): Promise<FoundOAuthRecord | undefined>
  findByUserCode(kind: string, userCode: string, now: number): Promise<FoundOAuthRecord | undefined>
  /** False when the record was consumed before, or is not there. */
  consume(kind: string, id: string, now: number): Promise<boolean>
  /**
   * Where records follow one another, `turn.own` and `turn.next` name the places (their `uid`) of this one and of what
   * came of it. True when it was not consumed before, or less than `graceMs` ago and nothing that came of it was: its
   * answer was lost. False as well when another record of the same place was consumed: of two that came of one, one is
   * a copy. Decided by the store, one grant after the other.
   */
  consumeInTurn(kind: string, id: string, turn: Turn, now: number): Promise<boolean>
  remove(kind: string, id: string): Promise<void>
  /** Everything that belongs to the grant. */
  removeGrant(grantId: string): Promise<void>
  /** Deletes what has expired. */
  purge(now: number): Promise<void>
  /**
   * Deletes the records of these kinds that are nobody's (without a user), but for the `most` that were made last, by
   * their expiry. Returns how many went.
   */
  trim(kinds: readonly string[], most: number): Promise<number>
}

export interface Turn {
  readonly grantId: string
  readonly own: string
  readonly next: string
  readonly graceMs: number
}

export interface OAuthRecord {
  readonly kind: string
  readonly id: string
  /** JSON text. */
  readonly payload: string
  readonly grantId: string | undefined
  /** Whose it is: erasing the account deletes it. */
  readonly userId: string | undefined
  readonly uid: string | undefined
  readonly userCode: string | undefined
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

export interface FoundOAuthRecord {
  readonly id: string
  readonly payload: string
  /** Milliseconds since the Unix epoch. */
  readonly consumedAt: number | undefined
}
