import type { ErrorFrame } from '@backscroll/protocol/server-frames'
import { BackscrollError } from '../errors/backscroll-error.ts'

/**
 * The caller that waits for an answer. Called at once when the frame is read, not a microtask later: several frames
 * of one packet must be processed in their order.
 */
export interface Answered {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: BackscrollError) => void
}

/** Frames with an id that wait for their one answer [T3]. */
export interface Requests {
  /** The id to send it under. */
  add(answered: Answered): number
  resolve(id: number, result: unknown): void
  reject(id: number, error: BackscrollError): void
  /** The socket is gone: no answer will come. */
  abandon(): void
}

export const errorOf = (frame: ErrorFrame): BackscrollError =>
  new BackscrollError(frame.code, {
    message: frame.message,
    temporary: frame.temporary,
    retryAfterMs: frame.retryAfterMs,
    details: frame.details,
  })

export const createRequests = (): Requests => {
  const waiting = new Map<number, Answered>()
  let lastId = 0
  const take = (id: number) => {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }
  return {
    add: (answered) => {
      lastId += 1
      waiting.set(lastId, answered)
      return lastId
    },
    resolve: (id, result) => take(id)?.resolve(result),
    reject: (id, error) => take(id)?.reject(error),
    abandon: () => {
      const all = [...waiting.values()]
      waiting.clear()
      for (const one of all) one.reject(new BackscrollError('disconnected'))
    },
  }
}
