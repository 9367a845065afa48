import type { ClientErrorCode } from '../errors/backscroll-error.ts'
import type { OutboxEntry } from './outbox-entry.ts'

/**
 * One conversation's outbox as a value. Entries are pending, stored and in order of `clientSeq`; each goes out naming the
 * one before it, so removing a rejected one re-chains its successors by itself. After a refusal nothing is sent until every answer is in
 * (`rewind`); then sending begins again at the head, under the same numbers. Repeats are harmless by [M2].
 */
export interface Chain {
  readonly lastClientSeq: number
  /** The last number that the server accepted. */
  readonly lastAccepted: number
  readonly entries: readonly OutboxEntry[]
  /** Sent and not answered. */
  readonly inFlight: ReadonlySet<number>
  /** Sent, maybe by a process that ended, and never refused since: the server may have accepted them. */
  readonly doubtful: ReadonlySet<number>
  readonly rewind: boolean
  /** Refusals in a row, for the backoff. */
  readonly failures: number
  /** Nothing is sent before this time, in milliseconds since the Unix epoch. */
  readonly notBefore: number
  /** The code of the last refusal that was not final, until something is accepted. */
  readonly refusedWith: ClientErrorCode | undefined
}

export const emptyChain: Chain = {
  lastClientSeq: 0,
  lastAccepted: 0,
  entries: [],
  inFlight: new Set(),
  doubtful: new Set(),
  rewind: false,
  failures: 0,
  notBefore: 0,
  refusedWith: undefined,
}

const withoutNumber = (numbers: ReadonlySet<number>, number: number): ReadonlySet<number> => {
  const rest = new Set(numbers)
  rest.delete(number)
  return rest
}

export const appended = (chain: Chain, entry: OutboxEntry): Chain => ({ ...chain, entries: [...chain.entries, entry] })

/** Numbers have gaps so that others fit in between: what the SDK must do before a command gets a smaller number. */
const stride = 1024

/** For a new entry at the end. */
export const nextNumber = ({ lastClientSeq }: Chain): number => (Math.floor(lastClientSeq / stride) + 1) * stride

/**
 * For one that goes before all waiting ones; undefined when there is none, or when something is in progress.
 * `coming`: the first number that is being stored.
 */
export const numberBefore = (chain: Chain, coming: number | undefined): number | undefined => {
  const { entries, lastAccepted, lastClientSeq, inFlight } = chain
  const first = entries[0]?.clientSeq ?? coming
  if (inFlight.size > 0) return undefined
  if (first === undefined) return Math.max(lastAccepted, lastClientSeq) + 1
  return lastAccepted + 1 < first ? lastAccepted + 1 : undefined
}

export const inserted = (chain: Chain, entry: OutboxEntry): Chain => ({
  ...chain,
  lastClientSeq: Math.max(chain.lastClientSeq, entry.clientSeq),
  entries: [entry, ...chain.entries],
})

const isRest = (entry: OutboxEntry | undefined): boolean => entry !== undefined && entry.command.kind !== 'message'

/** The next entry that may go out now. Over REST it goes alone, because two connections keep no order between them. */
export const nextToSend = (chain: Chain, now: number): OutboxEntry | undefined => {
  if (now < chain.notBefore || (chain.rewind && chain.inFlight.size > 0)) return undefined
  const newest = Math.max(0, ...chain.inFlight)
  const next = chain.entries.find((entry) => entry.clientSeq > newest)
  if (newest === 0 || next === undefined) return next
  const alone = isRest(next) || isRest(chain.entries.find((entry) => entry.clientSeq === newest))
  return alone ? undefined : next
}

/** `afterClientSeq` [M3]: the last predecessor that was not finally rejected. */
export const predecessor = (chain: Chain, clientSeq: number): number => {
  const at = chain.entries.findIndex((entry) => entry.clientSeq >= clientSeq)
  return chain.entries[at === -1 ? chain.entries.length - 1 : at - 1]?.clientSeq ?? chain.lastAccepted
}

export const sent = (chain: Chain, clientSeq: number): Chain => ({
  ...chain,
  rewind: false,
  inFlight: new Set([...chain.inFlight, clientSeq]),
  doubtful: new Set([...chain.doubtful, clientSeq]),
})

export const isDoubtful = ({ doubtful }: Chain, clientSeq: number): boolean => doubtful.has(clientSeq)

/** The server has judged it, and has not accepted it at any time. */
export const refused = (chain: Chain, clientSeq: number): Chain => {
  if (!chain.doubtful.has(clientSeq)) return chain
  return { ...chain, doubtful: withoutNumber(chain.doubtful, clientSeq) }
}

/** Something else has the same number. */
export const amended = (chain: Chain, entry: OutboxEntry): Chain => ({
  ...chain,
  entries: chain.entries.map((one) => (one.clientSeq === entry.clientSeq ? entry : one)),
})

const answered = (chain: Chain, clientSeq: number): Chain => ({
  ...chain,
  inFlight: withoutNumber(chain.inFlight, clientSeq),
})

/** Numbers only grow, so one below the head is not there: there is no need to search a long queue. */
export const entryOf = (chain: Chain, clientSeq: number): OutboxEntry | undefined =>
  clientSeq < (chain.entries[0]?.clientSeq ?? clientSeq)
    ? undefined
    : chain.entries.find((entry) => entry.clientSeq === clientSeq)

const without = (chain: Chain, clientSeq: number): Chain => {
  const at = chain.entries.findIndex((entry) => entry.clientSeq === clientSeq)
  const entries = at === -1 ? chain.entries : chain.entries.toSpliced(at, 1)
  return { ...refused(answered(chain, clientSeq), clientSeq), entries }
}

export const accepted = (chain: Chain, clientSeq: number): Chain => ({
  ...without(chain, clientSeq),
  lastAccepted: Math.max(chain.lastAccepted, clientSeq),
  failures: 0,
  refusedWith: undefined,
})

export const rejected = (chain: Chain, clientSeq: number): Chain => ({ ...without(chain, clientSeq), rewind: true })

/** Sends the same entry again, not before `notBefore`. */
export const postponed = (chain: Chain, clientSeq: number, notBefore: number): Chain => ({
  ...answered(chain, clientSeq),
  rewind: true,
  failures: chain.failures + 1,
  notBefore: Math.max(chain.notBefore, notBefore),
})

/**
 * The server's last number differs from the one that the entry named. For a later entry that only means that a
 * predecessor was refused; for the head it says where the chain continues. Undefined: it says nothing new, so
 * waiting is all that is left.
 */
export const gapAt = (chain: Chain, clientSeq: number, last: number): Chain | undefined => {
  if (chain.entries[0]?.clientSeq !== clientSeq) return { ...answered(chain, clientSeq), rewind: true }
  if (last === chain.lastAccepted || last >= clientSeq) return undefined
  return { ...answered(chain, clientSeq), rewind: true, lastAccepted: last }
}
