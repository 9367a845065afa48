import type { Receipt } from '../../ports/deltas.ts'
import type { Position } from '../../ports/event-log.ts'
import { encodeEvent } from '../../protocol/encode-event.ts'
import type { EncodedPage, SyncCursor } from '../sync-service.ts'
import type { Merge } from './merge.ts'
import type { PlacedReceipt } from './receipts-since.ts'

/** A page ends early when its events reach this many characters, so that a page of large messages stays bounded. */
const pageCharacters = 1024 * 1024

export interface PagesDeps {
  readonly merge: Merge
  readonly receipts: readonly PlacedReceipt[]
  /** W when the resume began: where the last page ends. */
  readonly upTo: Position
  readonly checkpoint: (position: Position) => string
}

interface Run {
  readonly events: string[]
  readonly last: Position | undefined
}

/** Pages of one resume, oldest first. A receipt comes in the first page whose checkpoint covers it, so none is skipped by a crash between two pages. */
export const createPages = ({ merge, receipts, upTo, checkpoint }: PagesDeps): SyncCursor => {
  let receiptsSent = 0

  const receiptsUpTo = (position: Position | undefined): readonly Receipt[] => {
    const start = receiptsSent
    const end = position === undefined ? receipts.length : firstAbove(receipts, Number(position), start)
    receiptsSent = end
    return receipts.slice(start, end).map(({ receipt }) => receipt)
  }

  const run = async (limit: number): Promise<Run> => {
    const events: string[] = []
    let characters = 0
    let last: Position | undefined
    while (events.length < limit && characters < pageCharacters) {
      const event = merge.peek()
      if (event === undefined) {
        if (await merge.fill()) continue
        return { events, last: undefined }
      }
      const text = encodeEvent(event)
      events.push(text)
      characters += text.length
      last = event.position
      merge.advance()
    }
    return { events, last: (await atEnd()) ? undefined : last }
  }

  const atEnd = async (): Promise<boolean> => merge.peek() === undefined && !(await merge.fill())

  return {
    async next(limit): Promise<EncodedPage> {
      const { events, last } = await run(limit)
      const position = last ?? upTo
      return {
        events,
        receipts: receiptsUpTo(last),
        checkpoint: checkpoint(position),
        upTo: position,
        more: last !== undefined,
      }
    },
  }
}

const firstAbove = (receipts: readonly PlacedReceipt[], position: number, start: number): number => {
  let index = start
  while (index < receipts.length && (receipts[index]?.position ?? 0) <= position) index += 1
  return index
}
