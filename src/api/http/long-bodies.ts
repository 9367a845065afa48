import type { FastifyReply, FastifyRequest } from 'fastify'
import { isGone } from './gone-client.ts'

/** Connections whose current request may take longer than the deadline. */
const longBodies = new WeakSet<object>()

/** How often a long request is checked, and the least number of bytes that must have arrived since the last check. */
const checkEveryMs = 20_000
const minBytesPerCheck = 16 * 1024

export const isLongBody = (socket: object): boolean => longBodies.has(socket)

/**
 * Lets the body of this request take longer than the deadline of requests while data arrives. A client that sends
 * next to nothing is disconnected. What arrived is kept, and an upload can continue from there.
 */
export const allowLongBody = ({ raw }: FastifyRequest, reply: FastifyReply): void => {
  const { socket } = raw
  if (isGone({ raw }, reply)) return
  longBodies.add(socket)
  let seen = socket.bytesRead
  const timer = setInterval(() => {
    if (raw.complete) return
    if (socket.bytesRead - seen < minBytesPerCheck) socket.destroy()
    seen = socket.bytesRead
  }, checkEveryMs).unref()
  reply.raw.once('close', () => {
    clearInterval(timer)
    longBodies.delete(socket)
  })
}

/**
 * Closes the connection after an answer that was sent before the whole body was read, so that the rest is not
 * waited for.
 */
export const endUnreadBody = ({ raw }: FastifyRequest, reply: FastifyReply): void => {
  if (!raw.complete) reply.header('connection', 'close')
}
