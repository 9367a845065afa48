/** How this log's streams are called on a server, which has streams of its own and may have those of others. */
export interface StreamNames {
  onServer(stream: string): string
  /** Undefined for a stream that is not of this log. */
  inLog(streamId: string): string | undefined
  /** The server's stream that holds the epoch; not one of the log's. */
  readonly epoch: string
  /** The server's stream that says which slots the log has among several; not one of the log's. */
  readonly slots: string
  /** A regular expression that all streams of this log match, and few others. */
  readonly pattern: string
}

/**
 * With a namespace (letters, digits, hyphens) the names begin with it; without one the log has the server to itself,
 * apart from what begins with `$`.
 */
export const createStreamNames = (namespace?: string): StreamNames => {
  const prefix = namespace === undefined ? '' : `${namespace}.`
  const [epoch, slots] = [`${prefix}backscroll-epoch`, `${prefix}backscroll-slots`]
  return {
    onServer: (stream) => prefix + stream,
    inLog(streamId) {
      const other = !streamId.startsWith(prefix) || streamId.startsWith('$') || streamId === epoch || streamId === slots
      return other ? undefined : streamId.slice(prefix.length)
    },
    epoch,
    slots,
    pattern: namespace === undefined ? '^[^$]' : `^${prefix.replaceAll('.', '\\.')}`,
  }
}
