import { StreamNotFoundError } from '@eventstore/db-client'
import type { ServerEvent } from '../kurrent-columns.ts'

/** A read in progress, of the client. */
interface Read {
  on(event: 'data', listener: (resolved: { readonly event?: ServerEvent }) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  cancel(): Promise<void>
}

/**
 * All events of a read, none for a stream that does not exist; or those up to the first after which `goesOn` says no.
 * Rejects when nothing comes for `idleMs`. The read is over in each case.
 */
export const collect = (
  read: Read,
  idleMs: number,
  goesOn: (event: ServerEvent) => boolean = () => true,
): Promise<ServerEvent[]> => {
  const { promise, resolve, reject } = Promise.withResolvers<ServerEvent[]>()
  const events: ServerEvent[] = []
  const timer = setTimeout(() => {
    reject(new Error(`No answer within ${idleMs} ms`))
    read.cancel().catch(() => {})
  }, idleMs)
  const settle = (how: () => void) => {
    clearTimeout(timer)
    how()
  }
  let done = false
  read.on('data', ({ event }) => {
    timer.refresh()
    if (event === undefined || done) return
    events.push(event)
    if (goesOn(event)) return
    done = true
    settle(() => resolve(events))
    read.cancel().catch(() => {})
  })
  read.on('end', () => settle(() => resolve(events)))
  read.on('error', (error) => settle(() => (error instanceof StreamNotFoundError ? resolve([]) : reject(error))))
  return promise
}
