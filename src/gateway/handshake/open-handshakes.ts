import type { Duplex } from 'node:stream'

/** Sockets that have left the HTTP server and are not sessions yet. */
export interface OpenHandshakes {
  begin(socket: Duplex): void
  /** The socket belongs to a session now. */
  done(socket: Duplex): void
  readonly count: number
  /** Ends those that are left. */
  close(): void
}

/**
 * No time-out of the HTTP server applies to such a socket any more: whatever becomes of its handshake, it ends
 * after `deadlineMs`.
 */
export const createOpenHandshakes = (deadlineMs: number): OpenHandshakes => {
  const timers = new Map<Duplex, NodeJS.Timeout>()
  const done = (socket: Duplex): void => {
    clearTimeout(timers.get(socket))
    timers.delete(socket)
  }
  return {
    begin: (socket) => {
      timers.set(
        socket,
        setTimeout(() => socket.destroy(), deadlineMs),
      )
      socket.once('close', () => done(socket))
    },
    done,
    get count() {
      return timers.size
    },
    close: () => {
      for (const socket of [...timers.keys()]) socket.destroy()
    },
  }
}
