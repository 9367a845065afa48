import type { FastifyReply } from 'fastify'

/** Sends text that is JSON already, bypassing the serializer, which leaves strings alone. */
export const sendJson = (reply: Pick<FastifyReply, 'type' | 'send'>, text: string): FastifyReply =>
  reply.type('application/json').send(text)
