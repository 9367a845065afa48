import { type Accepted, keyOf, type OutboxEntry } from '../commands/outbox-entry.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'

interface Caller {
  readonly resolve: (result: Accepted) => void
  readonly reject: (error: BackscrollError) => void
}

/** The callers that wait for an entry's outcome. After a restart there are none. */
export interface OutboxCallers {
  wait(entry: OutboxEntry): Promise<Accepted>
  resolve(entry: OutboxEntry, result: Accepted): void
  reject(entry: OutboxEntry, error: BackscrollError): void
  /** There will be no answer any more. */
  stop(): void
}

export const createOutboxCallers = (): OutboxCallers => {
  const callers = new Map<string, Caller>()
  const take = (entry: OutboxEntry) => {
    const caller = callers.get(keyOf(entry))
    callers.delete(keyOf(entry))
    return caller
  }
  return {
    wait: (entry) => new Promise((resolve, reject) => callers.set(keyOf(entry), { resolve, reject })),
    resolve: (entry, result) => take(entry)?.resolve(result),
    reject: (entry, error) => take(entry)?.reject(error),
    stop: () => {
      for (const caller of callers.values()) caller.reject(new BackscrollError('stopped'))
      callers.clear()
    },
  }
}
