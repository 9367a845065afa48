export type LogErrorCode =
  /** The expectation does not hold; `actual` is the stream's last revision, or -1 if it does not exist. */
  | 'wrong_expected_revision'
  /** No space left: nothing of this append was stored. Temporary. */
  | 'log_full'
  /**
   * The log does not answer in time, or is closing. The append may or may not be stored: retry it with the same
   * ids.
   */
  | 'log_unavailable'
  /**
   * What is stored is not what was appended, or cannot be read. An operator has to repair the log; it takes no
   * more appends.
   */
  | 'log_damaged'
  /**
   * This stream takes no more appends, for good: it was ended in the log, or its last event cannot be continued
   * from.
   */
  | 'stream_closed'
  /** A single event or append exceeds the adapter's limit. */
  | 'event_too_large'

/** How every adapter of the event log says that it did not do what it was asked for. */
export class LogError extends Error {
  readonly code: LogErrorCode
  readonly actual: number | undefined
  constructor(code: LogErrorCode, message: string, actual?: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
    this.actual = actual
  }
}
