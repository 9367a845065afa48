import { ProtocolError } from '@backscroll/protocol/errors'

/** How many are looked at, or counted, at the same time. */
const atOnce = 32

export const forEach = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < items.length; start += atOnce)
    await Promise.all(items.slice(start, start + atOnce).map(work))
}

/** The user whose limit it is: this one may have to be left out. */
export const about = (userId: string, error: unknown): unknown =>
  error instanceof ProtocolError && error.retryAfterMs !== undefined
    ? new ProtocolError(error.code, undefined, { details: { userId }, retryAfterMs: error.retryAfterMs })
    : error
