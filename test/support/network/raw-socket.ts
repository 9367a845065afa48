import { connect, type Socket } from 'node:net'

/** A socket on which a test writes bytes, however wrong, and sees what comes back. Never closes by itself. */
export interface RawSocket {
  readonly socket: Socket
  readonly text: () => string
  readonly closed: () => boolean
}

export const openRawSocket = (url: string, bytes: string | Uint8Array = ''): RawSocket => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  let received = ''
  let closed = false
  socket.on('data', (data) => {
    received += data.toString('latin1')
  })
  socket.on('error', () => undefined)
  for (const event of ['end', 'close'] as const) {
    socket.on(event, () => {
      closed = true
    })
  }
  if (bytes.length > 0) socket.write(bytes)
  return { socket, text: () => received, closed: () => closed }
}

/** Status lines of all answers so far. */
export const statusesOf = ({ text }: RawSocket): readonly number[] =>
  [...text().matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
