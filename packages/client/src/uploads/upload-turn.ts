import type { Clock } from '../time/clock.ts'

/** The time in which the files of one message are uploaded. Another part of the client may end it at any moment. */
export interface Turn {
  isOver(): boolean
  /** A signal for one request: it ends with the turn. */
  signal(): AbortSignal
  /** Waits, at the longest until the turn is over. */
  pause(ms: number): Promise<void>
  end(): void
}

export const createTurn = (clock: Clock): Turn => {
  let isOver = false
  let request = new AbortController()
  let wake = () => {}
  return {
    isOver: () => isOver,
    signal: () => {
      request = new AbortController()
      if (isOver) request.abort()
      return request.signal
    },
    pause: async (ms) => {
      if (isOver) return
      let cancel = () => {}
      await new Promise<void>((resolve) => {
        wake = resolve
        cancel = clock.after(ms, resolve)
      })
      cancel()
    },
    end: () => {
      isOver = true
      request.abort()
      wake()
    },
  }
}
