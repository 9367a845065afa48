import type { Receipt } from '../../ports/deltas.ts'
import type { Position } from '../../ports/event-log.ts'
import { logName } from '../../ports/event-logs.ts'
import type { Positions } from '../../ports/positions.ts'
import { encodeEvent } from '../../protocol/encode-event.ts'
import type { EncodedPage, SyncCursor } from '../sync-service.ts'
import type { LogPart } from './log-part.ts'
import { isSilence } from './silence.ts'

/** A page ends early when its events reach this many characters, so that a page of large messages stays bounded. */
const pageCharacters = 1024 * 1024

export interface PagesDeps {
  /** In order of the logs; those that are not asked are missing. */
  readonly parts: readonly LogPart[]
  /** Where the resume began. */
  readonly since: Positions
  /** Indexes of the logs that did not answer. */
  readonly silent: readonly number[]
  readonly checkpoint: (positions: Positions) => string
}

/** What goes into one page. */
interface Draft {
  readonly events: string[]
  readonly receipts: Receipt[]
  characters: number
}

/** A part that is being read: how many of its receipts were sent, and its last event that was. */
interface Open extends LogPart {
  receiptsSent: number
  last: Position | undefined
}

/**
 * Pages of one resume: one log after the other, oldest first. Of the logs that are done the checkpoint has W, of the one in progress the last event, of the rest
 * where the resume began. A receipt comes in the first page whose checkpoint covers it, so none is skipped by a crash between two pages.
 */
export const createPages = ({ parts, since, silent, checkpoint }: PagesDeps): SyncCursor => {
  const waiting = [...parts]
  const missing = new Set(silent)
  let reached = since
  let open: Open | undefined

  const takeReceipts = (part: Open, end: number): readonly Receipt[] => {
    const start = part.receiptsSent
    part.receiptsSent = end
    return part.receipts.slice(start, end).map(({ receipt }) => receipt)
  }

  const isAtEnd = async ({ merge }: LogPart): Promise<boolean> => merge.peek() === undefined && !(await merge.fill())

  /** Puts events into the page until it is full or the part at its end; answers whether it is. */
  const run = async (part: Open, draft: Draft, limit: number): Promise<boolean> => {
    while (draft.events.length < limit && draft.characters < pageCharacters) {
      const event = part.merge.peek()
      if (event === undefined) {
        if (await part.merge.fill()) continue
        return true
      }
      const text = encodeEvent(event)
      draft.events.push(text)
      draft.characters += text.length
      part.last = event.position
      part.merge.advance()
    }
    return isAtEnd(part)
  }

  /** The log fell silent while it was read: what it still holds comes another time. */
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
    draft.receipts.push(...takeReceipts(part, end))
    if (position !== undefined) reached = reached.with(part.index, position)
    open = found === 'full' ? part : undefined
  }

  const begin = (): Open | undefined => {
    const part = waiting.shift()
    return part && { ...part, receiptsSent: 0, last: undefined }
  }

  return {
    async next(limit): Promise<EncodedPage> {
      const draft: Draft = { events: [], receipts: [], characters: 0 }
      for (let part = open ?? begin(); part !== undefined; part = open === undefined ? begin() : undefined)
        await step(part, draft, limit)
      const { events, receipts } = draft
      const degraded = [...missing].sort((a, b) => a - b).map(logName)
      return {
        events,
        receipts,
        checkpoint: checkpoint(reached),
        upTo: reached,
        more: open !== undefined,
        ...(degraded.length > 0 && { degraded }),
      }
    },
  }
}

/** How many of its receipts stand at or below a position, counted on from those that were sent. */
const firstAbove = ({ receipts, receiptsSent }: Open, position: Position | undefined): number => {
  const end = Number(position ?? -1n)
  let index = receiptsSent
  while (index < receipts.length && (receipts[index]?.position ?? 0) <= end) index += 1
  return index
}
