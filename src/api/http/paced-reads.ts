import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyInstance, preHandlerAsyncHookHandler } from 'fastify'
import type { FairQueue } from '../../edge/egress/fair-queue.ts'
import type { Unread } from '../../edge/egress/unread-bytes.ts'
import type { ApiDeps } from '../api-deps.ts'
import { readAtPosition } from '../requests/read-position.ts'
import { accessOf } from '../requests/request-access.ts'
import { isGone } from './gone-client.ts'

/**
 * How long a client that does not take an answer keeps others waiting for theirs, and how long it may take nothing
 * before its connection is closed, in milliseconds.
 */
const holdUpMs = 2_000
export const stallMs = 30_000

/** A smaller answer fits into the system's buffers at once. */
const smallBytes = 16 * 1024

const refuseWhenFull = (unread: Unread, userId: string): void => {
  if (unread.isFull(userId))
    throw new ProtocolError('too_many_in_flight', 'Too many answers are waiting to be read', { retryAfterMs: 1_000 })
}

/**
 * One answer at a time for each place in the queue, from before it is read until it is taken, or for a limited
 * time.
 */
const inLine =
  ({ reads, unread }: { readonly reads: FairQueue; readonly unread: Unread }): preHandlerAsyncHookHandler =>
  async (request, reply) => {
    const { userId } = accessOf(request)
    refuseWhenFull(unread, userId)
    const leave = await reads.enter(userId)
    // The client is gone: nothing is read.
    if (isGone(request, reply)) {
      leave()
      return reply.hijack()
    }
    for (const event of ['finish', 'close'] as const) reply.raw.once(event, leave)
    try {
      refuseWhenFull(unread, userId)
    } catch (error) {
      leave()
      throw error
    }
    request.answered = () => setTimeout(leave, holdUpMs).unref()
  }

/** Comes before every read of the views or the log that can be large. */
export const pacedRead = (deps: ApiDeps): preHandlerAsyncHookHandler[] => [
  readAtPosition(deps.watermark, deps.settings.atLeastTimeoutMs),
  inLine(deps),
]

export const paced = inLine

declare module 'fastify' {
  interface FastifyRequest {
    /** Set while it has a place in the queue: its answer is being made. */
    answered: (() => void) | null
  }
}

const sizeOf = (payload: unknown): number =>
  typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0

/** Counts answers until they are taken, and closes the connections of clients that take nothing. */
export const countAnswers = (scope: FastifyInstance, unread: Unread): void => {
  scope.addHook('onSend', async (request, reply, payload) => {
    request.answered?.()
    const bytes = sizeOf(payload)
    const { socket } = request.raw
    if (bytes < smallBytes || request.access === null) return
    // Node resets it for the next request; an injected request has no socket.
    if (socket.setTimeout !== undefined) socket.setTimeout(stallMs)
    let left = bytes
    const debt = {
      userId: request.access.userId,
      // If requests were pipelined, only the first one's answer hears that the connection is gone.
      bytes: () => (socket.destroyed ? 0 : left),
      // The socket's own time-out sees more precisely whether anything moves.
      taken: () => performance.now(),
      drop: () => socket.destroy(),
    }
    const done = (): void => {
      left = 0
      unread.note(debt)
    }
    for (const event of ['finish', 'close'] as const) reply.raw.once(event, done)
    unread.note(debt)
  })
}
