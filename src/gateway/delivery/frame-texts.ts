import { errorKinds, type ProtocolError } from '@backscroll/protocol/errors'
import type { ErrorFrame, ServerFrame } from '@backscroll/protocol/server-frames'
import type { Receipt } from '../../ports/deltas.ts'
import { ascii } from '../../projections/reading/ascii-text.ts'
import { textOf } from '../../projections/reading/encoded-events.ts'
import type { EncodedPage } from '../../projections/sync/sync-service.ts'
import type { TextParts } from './websocket-frame.ts'

/** JSON texts of server frames, ASCII only. The frequent ones are concatenated: nothing in them needs escaping. */
export const frameText = (frame: ServerFrame): string => ascii(JSON.stringify(frame))

export const replyText = (id: number, result: string): string => `{"type":"reply","id":${id},"result":${result}}`

const afterEvents = ({ receipts, checkpoint }: EncodedPage): string =>
  `],"receipts":${receiptsText(receipts)},"checkpoint":"${checkpoint}"`

const receiptsText = (receipts: readonly Receipt[]): string => ascii(JSON.stringify(receipts))

/** A page of a resume, as a push [C2]. */
export const pagePush = (page: EncodedPage): TextParts => [
  '{"type":"events","events":[',
  ...page.events.pieces,
  `${afterEvents(page)}}`,
]

const degradedText = ({ degraded }: EncodedPage): string =>
  degraded === undefined ? '' : `,"degraded":${JSON.stringify(degraded)}`

/** A page as the result of `sync` [C4]. */
export const pageResult = (page: EncodedPage, more: boolean): string =>
  `{"events":[${textOf(page.events)}${afterEvents(page)},"more":${more}${degradedText(page)}}`

export const receiptText = (receipt: Receipt): string => ascii(JSON.stringify(receipt))

export const errorText = (error: ProtocolError, id: number | undefined): string => {
  const frame: ErrorFrame = {
    type: 'error',
    ...(id !== undefined && { id }),
    code: error.code,
    message: error.message,
    temporary: errorKinds[error.code].temporary,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(error.details !== undefined && { details: { ...error.details } }),
  }
  return frameText(frame)
}
