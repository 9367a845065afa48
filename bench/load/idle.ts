import type { WebSocket } from 'ws'
import { connectFrame } from './frames.ts'
import { openMany, openSocket } from './open-socket.ts'
import type { TokenSource } from './token-source.ts'

export interface IdleOptions {
  readonly url: string
  readonly count: number
  readonly prefix: string
}

/** Connected devices that say nothing. Resolves when the server has answered each. */
export const openIdle = ({ url, count, prefix }: IdleOptions, tokens: TokenSource): Promise<readonly WebSocket[]> =>
  openMany(
    Array.from({ length: count }, (_, index) => `${prefix}-${index}`),
    async (user) => {
      const socket = await openSocket(url, await tokens(user))
      socket.send(connectFrame('phone'))
      await new Promise((resolve) => socket.once('message', resolve))
      return socket
    },
  )
