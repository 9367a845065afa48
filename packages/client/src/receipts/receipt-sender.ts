import type { MessageAckFrame } from '@backscroll/protocol/client-frames'
import { isJudgement } from '../commands/refusal-rules.ts'
import type { Changes } from '../delivery/delivery-queue.ts'
import type { BackscrollError } from '../errors/backscroll-error.ts'
import { type Unconfirmed, watermarkChange } from '../records/client-records.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { backoffMs } from '../time/backoff.ts'
import type { Clock } from '../time/clock.ts'

export type ReceiptStatus = 'delivered' | 'read'

export interface ReceiptSenderDeps {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly unconfirmed: ReadonlyMap<string, Unconfirmed>
  /** How many receipts may be unanswered at once; 0 while there is no live connection. */
  readonly window: () => number
  readonly ask: (
    frame: Omit<MessageAckFrame, 'id'>,
    answered: { readonly resolve: () => void; readonly reject: (error: BackscrollError) => void },
  ) => void
  readonly write: (changes: readonly StoreChange[]) => void
  /** The server has looked at a watermark and did not accept it. */
  readonly onRefused: (error: BackscrollError) => void
}

/** Own watermarks [M5]: coalesced, only the newest, repeated until the server has confirmed them. */
export interface ReceiptSender {
  /** Records a watermark; answers what to store with it. Lower ones than before change nothing. */
  note(conversationId: string, status: ReceiptStatus, upToSeq: number): Changes
  /** A new connection: everything unconfirmed is sent again. */
  resend(): void
  /** The server may be another one, or in an earlier state: what it confirmed does not count. */
  forgetConfirmed(): void
  inFlight(): number
  close(): void
}

const windowMs = 250
const none: Unconfirmed = { delivered: 0, read: 0 }

/** The number of the newest message, where the server says that a watermark is beyond it. */
const lastOf = ({ code, details }: BackscrollError): number | undefined => {
  const last = Number(details?.last)
  return code === 'beyond_last_seq' && Number.isSafeInteger(last) && last >= 0 ? last : undefined
}

export const createReceiptSender = (deps: ReceiptSenderDeps): ReceiptSender => {
  const unconfirmed = new Map(deps.unconfirmed)
  /** Highest confirmed in this run, so that a repeated mark costs nothing. */
  const confirmed = new Map<string, Unconfirmed>()
  const due = new Set<string>()
  let cancel: (() => void) | undefined
  let inFlight = 0
  let failures = 0
  /** What the server asked for: until then nothing is sent, whatever comes meanwhile. */
  let restUntil = Number.NEGATIVE_INFINITY

  const raise = (map: Map<string, Unconfirmed>, id: string, status: ReceiptStatus, seq: number): Unconfirmed => {
    const before = map.get(id) ?? none
    const delivered = Math.max(before.delivered, seq)
    const raised = status === 'read' ? { delivered, read: Math.max(before.read, seq) } : { ...before, delivered }
    map.set(id, raised)
    return raised
  }

  /** Nothing is left to repeat, unless the watermark has moved on. */
  const drop = (id: string, open: Unconfirmed) => {
    const done = confirmed.get(id) ?? none
    if (open.delivered > done.delivered || open.read > done.read) return
    unconfirmed.delete(id)
    deps.write([watermarkChange(id, undefined)])
  }
  const settle = (id: string, status: ReceiptStatus, seq: number) => {
    raise(confirmed, id, status, seq)
    const open = unconfirmed.get(id)
    if (open !== undefined) drop(id, open)
  }
  /**
   * Not confirmed, and not repeated: a later watermark is judged by itself. For one beyond the last message the
   * rest is confirmed.
   */
  const refuse = (id: string, seq: number, error: BackscrollError) => {
    deps.onRefused(error)
    const open = unconfirmed.get(id)
    if (open === undefined) return
    const done = confirmed.get(id) ?? none
    const last = lastOf(error)
    const lowered = (wanted: number, known: number) =>
      wanted > seq ? wanted : Math.max(known, Math.min(wanted, last ?? 0))
    const left = { delivered: lowered(open.delivered, done.delivered), read: lowered(open.read, done.read) }
    unconfirmed.set(id, left)
    deps.write([watermarkChange(id, left)])
    drop(id, left)
    if (unconfirmed.has(id)) schedule(id)
  }

  const answered = () => {
    inFlight -= 1
    if (due.size > 0 && cancel === undefined) flush()
  }
  const send = (id: string, status: ReceiptStatus, upToSeq: number) => {
    inFlight += 1
    deps.ask(
      { type: 'message_ack', conversationId: id, upToSeq, status },
      {
        resolve: () => {
          failures = 0
          settle(id, status, upToSeq)
          answered()
        },
        reject: (error) => {
          if (isJudgement(error)) refuse(id, upToSeq, error)
          else if (error.temporary && error.code !== 'disconnected') comeBack(id, error)
          answered()
        },
      },
    )
  }

  /** `read` implies `delivered`, so a lower delivered one need not be sent. */
  const sendNewest = (id: string) => {
    const { delivered, read } = unconfirmed.get(id) ?? none
    const done = confirmed.get(id) ?? none
    if (read > done.read) send(id, 'read', read)
    if (delivered > Math.max(read, done.delivered)) send(id, 'delivered', delivered)
  }

  /** What finds no room waits for the next answer, or for the next connection. */
  const flush = () => {
    cancel = undefined
    if (deps.clock.now() < restUntil) return wake()
    for (const id of due) {
      if (inFlight >= deps.window()) return
      due.delete(id)
      sendNewest(id)
    }
  }

  const wake = () => {
    cancel ??= deps.clock.after(Math.max(windowMs, restUntil - deps.clock.now()), flush)
  }

  const schedule = (id: string) => {
    due.add(id)
    wake()
  }

  /** Later than the server says, by a fraction that differs for each device: not all come at once. */
  const comeBack = (id: string, { retryAfterMs }: BackscrollError) => {
    failures += 1
    restUntil = Math.max(restUntil, deps.clock.now() + backoffMs(failures, deps.random(), retryAfterMs))
    schedule(id)
  }

  return {
    note: (id, status, upToSeq) => {
      const before = confirmed.get(id) ?? none
      const known = unconfirmed.get(id) ?? none
      if (upToSeq <= Math.max(before[status], known[status])) return () => []
      raise(unconfirmed, id, status, upToSeq)
      schedule(id)
      return () => [watermarkChange(id, unconfirmed.get(id))]
    },
    resend: () => {
      for (const id of unconfirmed.keys()) due.add(id)
      cancel?.()
      flush()
    },
    forgetConfirmed: () => confirmed.clear(),
    inFlight: () => inFlight,
    close: () => cancel?.(),
  }
}
