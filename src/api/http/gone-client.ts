import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Whether the client's connection has closed. The response emits `close` once, so a listener that is added now would
 * wait for ever.
 */
export const isGone = ({ raw }: Pick<FastifyRequest, 'raw'>, reply: FastifyReply): boolean =>
  raw.socket.destroyed || reply.raw.closed
