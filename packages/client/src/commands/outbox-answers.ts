import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { Accepted, MessageCommand, OutboxEntry } from './outbox-entry.ts'

/** How an entry was received by the server. */
export interface Sent {
  readonly result: Accepted
  /** What was sent as its content, base64. */
  readonly ciphertext: string | undefined
}

/** Exactly one of them is called, once. */
export interface Answers {
  readonly answered: (sent: Sent) => void
  readonly refused: (error: BackscrollError) => void
}

/** Sends one entry. Called in order within a conversation; resolves as soon as it is on its way, rejects when it is not. */
export type TransmitEntry = (entry: OutboxEntry, afterClientSeq: number, answers: Answers) => Promise<void>

/** Asks what became of an entry that may have been accepted, in a way that never makes it accepted now. */
export type ProbeEntry = (entry: OutboxEntry, command: MessageCommand, afterClientSeq: number, answers: Answers) => void
