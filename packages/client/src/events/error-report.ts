import { type BackscrollError, shownError } from '../errors/backscroll-error.ts'
import type { EventFeed } from './event-feed.ts'

/** How many different errors are written; the console is not a log file. */
const most = 50

const writeToConsole = (error: BackscrollError): void => console.error('Backscroll:', error)

export interface ErrorReport {
  /** Calls the application's `error` handlers; without any, writes to the console. */
  tell(thrown: unknown): void
  /** For errors that the `error` handlers have thrown themselves. */
  write(thrown: unknown): void
}

/**
 * Nothing fails silently: an error without a handler is written, each once. Once the client is closed its own
 * `stopped` is not reported.
 */
export const createErrorReport = (
  feed: Pick<EventFeed, 'signal' | 'hears'>,
  print: (error: BackscrollError) => void = writeToConsole,
): ErrorReport => {
  const written = new Set<string>()
  const write = (thrown: unknown) => {
    const error = shownError(thrown)
    const text = `${error.code} ${error.message}`
    if (error.code === 'stopped' || written.has(text) || written.size >= most) return
    written.add(text)
    print(error)
  }
  return {
    write,
    tell: (thrown) => {
      if (feed.hears('error')) feed.signal({ type: 'error', error: shownError(thrown) })
      else write(thrown)
    },
  }
}
