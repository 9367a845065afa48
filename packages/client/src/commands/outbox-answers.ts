import type { BackscrollError } from '../errors/backscroll-error.ts'
import type { Accepted, MessageCommand, OutboxEntry } from './outbox-entry.ts'

/** How an entry was received by the server. */
export interface Sent {
  readonly result: Accepted
  /** The content that was sent, base64. */
  readonly ciphertext: string | undefined
}

/** Exactly one of them is called, once. */
export interface Answers {
  readonly answered: (sent: Sent) => void
  readonly refused: (error: BackscrollError) => void
}

/**
 * Sends one entry. Called in order within a conversation. Resolves as soon as it is on its way, rejects when it is
 * not.
 */
export type TransmitEntry = (entry: OutboxEntry, afterClientSeq: number, answers: Answers) => Promise<void>

/** Asks what became of an entry that may have been accepted, in a way that never causes it to be accepted now. */
export type ProbeEntry = (entry: OutboxEntry, command: MessageCommand, afterClientSeq: number, answers: Answers) => void
