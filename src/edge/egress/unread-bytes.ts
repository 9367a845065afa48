/** Something that waits in this process until a client has read it: data in a socket, or an answer. */
export interface Debt {
  readonly userId: string
  /** Bytes that the client has not taken yet; 0 ends it. */
  bytes(): number
  /** Bytes that the client has taken so far. */
  taken(): number
  /** Gives up on the client. */
  drop(): void
}

export interface UnreadOptions {
  readonly maxOfUser: number
  readonly max: number
  /** How long a client may take nothing at all, in milliseconds. */
  readonly stallMs: number
  readonly now: () => number
  readonly onDropped?: () => void
}

/**
 * Everything that clients have been given and have not read, counted in bytes over all sockets and answers of a
 * user, and of this process. A client that takes nothing for too long is dropped; where there is too much, the
 * largest debt of the user, or of the user who owes most, is dropped.
 */
export interface Unread {
  /** Must be called whenever a debt may have grown. */
  note(debt: Debt): void
  total(): number
  /** The user has everything that is allowed: nothing more should be read for this user. */
  isFull(userId: string): boolean
  close(): void
}

interface Entry {
  bytes: number
  taken: number
  movedAt: number
}

const sweepMs = 250

export const createUnread = (options: UnreadOptions): Unread => {
  const { maxOfUser, max, stallMs, now, onDropped } = options
  const debts = new Map<Debt, Entry>()
  const users = new Map<string, number>()
  let total = 0

  const count = (userId: string, change: number): void => {
    total += change
    const left = (users.get(userId) ?? 0) + change
    if (left > 0) users.set(userId, left)
    else users.delete(userId)
  }

  const forget = (debt: Debt, entry: Entry): void => {
    count(debt.userId, -entry.bytes)
    debts.delete(debt)
  }

  const drop = (debt: Debt, entry: Entry): void => {
    forget(debt, entry)
    onDropped?.()
    debt.drop()
  }

  const refresh = (debt: Debt, entry: Entry): void => {
    const bytes = debt.bytes()
    const taken = debt.taken()
    if (bytes <= 0) return forget(debt, entry)
    count(debt.userId, bytes - entry.bytes)
    entry.bytes = bytes
    if (taken !== entry.taken) entry.movedAt = now()
    entry.taken = taken
    if (now() - entry.movedAt >= stallMs) drop(debt, entry)
  }

  const dropLargest = (userId: string): void => {
    const own = [...debts].filter(([debt]) => debt.userId === userId)
    const largest = own.sort(([, one], [, other]) => other.bytes - one.bytes)[0]
    if (largest === undefined) users.delete(userId)
    else drop(...largest)
  }

  const largestUser = (): string | undefined =>
    [...users].reduce<[string, number] | undefined>(
      (most, one) => (most && most[1] >= one[1] ? most : one),
      undefined,
    )?.[0]

  const settle = (): void => {
    for (const [userId, bytes] of users) if (bytes > maxOfUser) while (ofUser(userId) > maxOfUser) dropLargest(userId)
    while (total > max) {
      const userId = largestUser()
      if (userId === undefined) return
      dropLargest(userId)
    }
  }

  /** Only debts are looked at: a client that reads costs nothing here. */
  const sweep = (): void => {
    for (const [debt, entry] of debts) refresh(debt, entry)
    settle()
  }
  const timer = setInterval(sweep, sweepMs).unref()

  const ofUser = (userId: string): number => users.get(userId) ?? 0

  return {
    note: (debt) => {
      let entry = debts.get(debt)
      if (entry === undefined) {
        entry = { bytes: 0, taken: debt.taken(), movedAt: now() }
        debts.set(debt, entry)
      }
      refresh(debt, entry)
      // What was read meanwhile does not count.
      if (ofUser(debt.userId) > maxOfUser || total > max) sweep()
    },
    total: () => total,
    isFull: (userId) => ofUser(userId) >= maxOfUser || total >= max,
    close: () => clearInterval(timer),
  }
}
