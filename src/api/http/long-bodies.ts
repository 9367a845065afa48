import type { FastifyReply, FastifyRequest } from 'fastify'

/** Connections whose request may take as long as it moves on. */
const patient = new WeakSet<object>()

/** How often a long request is looked at, and how much must have come since. */
const lookMs = 20_000
const leastBytes = 16 * 1024

export const isLongBody = (socket: object): boolean => patient.has(socket)

/**
 * The body of this request may take longer than the deadline of requests, as long as it moves: a client that sends next to
 * nothing is cut off. What came is kept, and an upload goes on from there.
 */
export const allowLongBody = ({ raw }: FastifyRequest, reply: FastifyReply): void => {
  const { socket } = raw
  patient.add(socket)
  let seen = socket.bytesRead
  const timer = setInterval(() => {
    if (raw.complete) return
    if (socket.bytesRead - seen < leastBytes) socket.destroy()
    seen = socket.bytesRead
  }, lookMs).unref()
  reply.raw.once('close', () => {
    clearInterval(timer)
    patient.delete(socket)
  })
}

/** An answer before the whole body was read ends the connection: nobody waits for the rest. */
export const endUnreadBody = ({ raw }: FastifyRequest, reply: FastifyReply): void => {
  if (!raw.complete) reply.header('connection', 'close')
}
