import { logName } from '../../event-log/event-logs.ts'
import { at, type Positions } from '../../event-log/positions.ts'
import { isSilence } from '../../event-log/reading/read-timeout.ts'
import type { Receipt } from '../../ports/deltas.ts'
import type { Position } from '../../ports/event-log.ts'
import { pageCharacters } from '../reading/page-size.ts'
import { createEncodedEventList, type EncodedEventList } from './encoded-event-list.ts'
import type { EventTexts } from './event-texts.ts'
import type { LogCatchUp } from './log-catch-up.ts'
import type { OpenCursor } from './sync-cursors.ts'
import type { EncodedPage } from './sync-service.ts'

/** Receipts in one page. */
const pageReceipts = 2_000

export interface PagesDeps {
  /** In order of the logs; logs that are not asked are missing. */
  readonly parts: readonly LogCatchUp[]
  /** Where the resume began. */
  readonly since: Positions
  /** Indexes of the logs that did not answer. */
  readonly silent: readonly number[]
  readonly checkpoint: (positions: Positions) => string
  readonly texts: EventTexts
  /** Asked before each page. */
  readonly turn: () => Promise<void>
}

/** The content of one page. */
interface Draft {
  readonly events: EncodedEventList
  readonly receipts: Receipt[]
}

/** A part in progress: how many of its receipts were sent, and its last event that was. */
interface Open extends LogCatchUp {
  receiptsSent: number
  last: Position | undefined
}

/**
 * Pages of one resume: one log after the other, oldest first. The checkpoint has W for the finished logs, the last
 * event for the log in progress, and the beginning of the resume for the others. A receipt comes in the first page
 * whose checkpoint covers it, so a crash between two pages skips none.
 */
export const createPages = ({ parts, since, silent, checkpoint, texts, turn }: PagesDeps): Omit<OpenCursor, 'upTo'> => {
  const waiting = [...parts]
  const missing = new Set(silent)
  let reached = since
  let open: Open | undefined

  const takeReceipts = (part: Open, end: number): readonly Receipt[] => {
    const start = part.receiptsSent
    part.receiptsSent = end
    return part.receipts.slice(start, end).map(({ receipt }) => receipt)
  }

  const isAtEnd = async ({ merge }: LogCatchUp): Promise<boolean> => merge.peek() === undefined && !(await merge.fill())

  /** Puts events into the page until it is full or the part has ended; answers whether it is full. */
  const run = async (part: Open, draft: Draft, limit: number): Promise<boolean> => {
    const { merge } = part
    while (draft.events.count() < limit && draft.events.characters() < pageCharacters) {
      const event = merge.peek()
      if (event === undefined) {
        if (await merge.fill()) continue
        return true
      }
      draft.events.add(texts.placeOf(event, merge.ahead))
      part.last = event.position
      merge.advance()
    }
    return isAtEnd(part)
  }

  /** The log stopped answering while it was read: what it still holds comes another time. */
  const ranInto = async (part: Open, draft: Draft, limit: number): Promise<'end' | 'full' | 'silence'> => {
    try {
      return (await run(part, draft, limit)) ? 'end' : 'full'
    } catch (error) {
      if (since.length === 1 || !isSilence(error)) throw error
      missing.add(part.index)
      return 'silence'
    }
  }

  const step = async (part: Open, draft: Draft, limit: number): Promise<void> => {
    const found = await ranInto(part, draft, limit)
    const position = found === 'end' ? part.upTo : part.last
    const end = found === 'end' ? part.receipts.length : firstAbove(part, position)
    const most = part.receiptsSent + Math.max(0, pageReceipts - draft.receipts.length)
    draft.receipts.push(...takeReceipts(part, Math.min(end, most)))
    const next = end > most ? part.receipts[most] : undefined
    // Not beyond a receipt that is still to come: events may come twice, but no receipt may be left out.
    const covered = next === undefined ? position : BigInt(next.position) - 1n
    if (covered !== undefined && covered > at(reached, part.index)) reached = reached.with(part.index, covered)
    open = found === 'full' || next !== undefined ? part : undefined
  }

  const begin = (): Open | undefined => {
    const part = waiting.shift()
    return part && { ...part, receiptsSent: 0, last: undefined }
  }

  return {
    held: () => sizeOf(open === undefined ? waiting : [open, ...waiting]),
    async next(limit): Promise<EncodedPage> {
      await turn()
      const draft: Draft = { events: createEncodedEventList(), receipts: [] }
      for (let part = open ?? begin(); part !== undefined; part = open === undefined ? begin() : undefined)
        await step(part, draft, limit)
      const { events, receipts } = draft
      const degraded = [...missing].sort((a, b) => a - b).map(logName)
      return {
        events: events.encoded(),
        receipts,
        checkpoint: checkpoint(reached),
        upTo: reached,
        more: open !== undefined,
        ...(degraded.length > 0 && { degraded }),
      }
    },
  }
}

/** Approximately what one receipt takes in memory. */
const receiptBytes = 400

const sizeOf = (parts: readonly LogCatchUp[]): number =>
  parts.reduce((sum, { merge, receipts }) => sum + merge.held() + receipts.length * receiptBytes, 0)

/** How many of its receipts are at or below a position, counted from those that were sent. */
const firstAbove = ({ receipts, receiptsSent }: Open, position: Position | undefined): number => {
  const end = Number(position ?? -1n)
  let index = receiptsSent
  while (index < receipts.length && (receipts[index]?.position ?? 0) <= end) index += 1
  return index
}
