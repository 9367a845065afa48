import { done } from '@backscroll/protocol/rest/done'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'
import { type Deferred, deferred } from '../time/deferred.ts'

/** The changes that this device wants, by the id of what they change, and that the server has not accepted yet. */
export interface OwnChanges<Change> {
  /** Returns the changes to store. */
  wish(id: string, change: Change): readonly StoreChange[]
  /** What has to be sent next. */
  next(): readonly [id: string, change: Change] | undefined
  isWaiting(id: string): boolean
  /** The server has answered: a change that was refused is dropped, unless a newer one has replaced it. */
  settle(id: string, sent: Change, isAccepted: boolean): readonly StoreChange[]
}

export interface MarkSenderDeps<Change> {
  readonly book: OwnChanges<Change>
  /** The request that makes a change. */
  readonly requestOf: (
    id: string,
    change: Change,
  ) => { readonly method: 'PUT' | 'PATCH' | 'DELETE'; readonly path: string; readonly body?: unknown }
  readonly rest: Pick<Rest, 'request'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly isLive: () => boolean
  readonly clock: Clock
  readonly random: () => number
  readonly onError: (thrown: unknown) => void
}

export interface MarkSender<Change> {
  /**
   * Shows a change at once and stores it. Resolves when the server has accepted it, and rejects if the server refuses
   * it. A change that a newer one replaces before it was sent is not sent.
   */
  change(id: string, change: Change): Promise<void>
  /** Sends what waits, if the connection is live. */
  send(): void
}

/** Sends the changes of marks, one after the other, and repeats what was not answered. */
export const createMarkSender = <Change>(deps: MarkSenderDeps<Change>): MarkSender<Change> => {
  const { book, requestOf, rest, write, isLive, clock, random, onError } = deps
  const callers = new Map<string, Deferred<void>[]>()
  let isSending = false

  const tell = (id: string, settle: (caller: Deferred<void>) => void): boolean => {
    const waiting = callers.get(id) ?? []
    callers.delete(id)
    for (const caller of waiting) settle(caller)
    return waiting.length > 0
  }
  const ask = async (id: string, change: Change): Promise<void> => {
    await rest.request({ ...requestOf(id, change), schema: done })
    await write(book.settle(id, change, true))
    if (!book.isWaiting(id)) tell(id, ({ resolve }) => resolve())
  }
  /** Nobody waits for a change that an earlier process has left. */
  const refused = async (id: string, change: Change, thrown: unknown): Promise<void> => {
    await write(book.settle(id, change, false))
    if (!tell(id, ({ reject }) => reject(thrown))) onError(thrown)
  }
  const sendAll = async () => {
    for (let failures = 0, next = book.next(); next !== undefined && isLive(); next = book.next()) {
      const [id, change] = next
      try {
        await ask(id, change)
        failures = 0
      } catch (thrown) {
        const error = toBackscrollError(thrown)
        if (!error.temporary) await refused(id, change, error)
        else await sleep(clock, backoffMs(failures++, random(), error.retryAfterMs))
      }
    }
  }
  const send = () => {
    if (isSending || !isLive()) return
    isSending = true
    sendAll()
      .catch(onError)
      .finally(() => {
        isSending = false
      })
  }
  return {
    change: async (id, change) => {
      const caller = deferred()
      caller.promise.catch(() => {})
      callers.set(id, [...(callers.get(id) ?? []), caller])
      await write(book.wish(id, change))
      send()
      return caller.promise
    },
    send,
  }
}
