/**
 * What the authorization server remembers: sessions, codes, refresh tokens, grants. Small records with an expiry.
 *
 * Guarantees: each call is one transaction and durable when it resolves. `consume` is decided by the store, so that of several callers
 * at the same time exactly one gets true. A record that has expired is never found, whether it was deleted yet or not.
 */
export interface OAuthStore {
  /** Writes or overwrites. A consumed record stays consumed. */
  put(record: OAuthRecord): Promise<void>
  find(kind: string, id: string, now: number): Promise<FoundOAuthRecord | undefined>
  findByUid(kind: string, uid: string, now: number): Promise<FoundOAuthRecord | undefined>
  findByUserCode(kind: string, userCode: string, now: number): Promise<FoundOAuthRecord | undefined>
  /** False when the record was consumed before, or does not exist. */
  consume(kind: string, id: string, now: number): Promise<boolean>
  /**
   * Where records follow one another, `turn.own` and `turn.next` name the places (their `uid`) of this record and
   * of its successor. True when the record was not consumed before, or when it was consumed less than `graceMs`
   * ago and its successor was not, because the answer was lost. False also when another record of the same place
   * was consumed: of two successors, one is a copy. The store decides, one grant after the other.
   */
  consumeInTurn(kind: string, id: string, turn: Turn, now: number): Promise<boolean>
  remove(kind: string, id: string): Promise<void>
  /** Everything that belongs to the grant. */
  removeGrant(grantId: string): Promise<void>
  /** Deletes what has expired. */
  purge(now: number): Promise<void>
  /**
   * Deletes records of these kinds that belong to no user, except the `most` latest ones by expiry. Returns how
   * many it deleted.
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
  /** The user it belongs to: erasing the account deletes it. */
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
