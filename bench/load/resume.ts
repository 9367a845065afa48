import type { RawData } from 'ws'
import { connectFrame } from './frames.ts'
import { hangUp, openSocket } from './open-socket.ts'
import type { TokenSource } from './token-source.ts'

export interface ResumeOptions {
  readonly url: string
  readonly user: string
  readonly since: string
}

export interface Resumed {
  readonly events: number
  /** From the connect frame to `caught_up`. */
  readonly ms: number
}

const countOf = (text: string, part: string): number => text.split(part).length - 1

/** A device that was away: connects with its checkpoint, takes the pages, ends when it has caught up. */
export const resume = async ({ url, user, since }: ResumeOptions, tokens: TokenSource): Promise<Resumed> => {
  const socket = await openSocket(url, await tokens(user))
  const done = Promise.withResolvers<void>()
  let events = 0
  socket.on('message', (data: RawData) => {
    const text = String(data)
    if (text.startsWith('{"type":"events"')) events += countOf(text, '"revision":')
    else if (text.startsWith('{"type":"caught_up"')) done.resolve()
    else if (text.includes('"recovered":false') || text.startsWith('{"type":"error"')) done.reject(new Error(text))
  })
  const start = performance.now()
  socket.send(connectFrame('phone', since))
  await done.promise
  const ms = performance.now() - start
  hangUp(socket)
  return { events, ms }
}
