import { ProtocolError } from '@backscroll/protocol/errors'
import { atLeast } from '@backscroll/protocol/rest/query-values'
import type { preHandlerAsyncHookHandler } from 'fastify'
import { z } from 'zod'
import type { Positions } from '../../event-log/positions.ts'
import type { Watermark } from '../../projections/watermark/watermark.ts'

export const positionHeader = 'Backscroll-Position'

/** One position for each event log. */
export const positionText = (positions: Positions): string => positions.join(',')

const wanted = z.looseObject({ atLeast })

/**
 * [R2] Waits for `?atLeast=`, at most `timeoutMs`, otherwise `behind`; and names the positions that the views had
 * reached before the read.
 */
export const readAtPosition =
  (watermark: Watermark, timeoutMs: number): preHandlerAsyncHookHandler =>
  async (request, reply) => {
    const position = wanted.parse(request.query).atLeast
    if (position !== undefined && !(await watermark.reached(BigInt(position), timeoutMs)))
      throw new ProtocolError('behind', undefined, { retryAfterMs: 500 })
    reply.header(positionHeader, positionText(watermark.current()))
  }
