import type { SessionSocket } from '../sessions/session.ts'

/** How much a socket may hold and still count as ready for more. */
const readyBytes = 256 * 1024

/** True as soon as the socket is ready for more; false if it is not within `timeoutMs`, or closes. */
export const untilWritable = (socket: SessionSocket, timeoutMs: number): Promise<boolean> =>
  socket.writableLength <= readyBytes ? Promise.resolve(true) : nextDrain(socket, timeoutMs)

const nextDrain = (socket: SessionSocket, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (ready: boolean): void => {
      clearTimeout(timer)
      socket.off('drain', onDrain)
      socket.off('close', onClose)
      resolve(ready)
    }
    const onDrain = (): void => settle(true)
    const onClose = (): void => settle(false)
    const timer = setTimeout(settle, timeoutMs, false)
    socket.once('drain', onDrain)
    socket.once('close', onClose)
  })
