import { once } from 'node:events'
import { WebSocket } from 'ws'

/**
 * An open WebSocket without extensions. Rejects when the server refuses it. A server that closes it later ends this process: nothing that
 * is measured should be hung up on.
 */
export const openSocket = async (url: string, token?: string): Promise<WebSocket> => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = new WebSocket(url, token === undefined ? [] : ['backscroll.v1'], {
    headers,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  })
  await once(socket, 'open')
  socket.on('close', (code, reason) => {
    throw new Error(`the server closed a connection: ${code} ${reason}`)
  })
  return socket
}

export const hangUp = (socket: WebSocket): void => {
  socket.removeAllListeners('close')
  socket.terminate()
}

/** Opens many, some at a time, so that the listen queue is not what is measured. */
export const openMany = async <Item, Result>(
  items: readonly Item[],
  open: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const opened: Result[] = []
  for (let i = 0; i < items.length; i += 50) opened.push(...(await Promise.all(items.slice(i, i + 50).map(open))))
  return opened
}
