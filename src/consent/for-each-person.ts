import { ProtocolError } from '@backscroll/protocol/errors'

/** Looked at, or counted, at the same time. */
const atOnce = 32

export const forEach = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < items.length; start += atOnce)
    await Promise.all(items.slice(start, start + atOnce).map(work))
}

/** Whose limit it is: that person may have to be left out. */
export const about = (userId: string, error: unknown): unknown =>
  error instanceof ProtocolError && error.retryAfterMs !== undefined
    ? new ProtocolError(error.code, undefined, { details: { userId }, retryAfterMs: error.retryAfterMs })
    : error
