import { decodeReceiptsEvent, encodeReceiptsEvent } from '../codec/receipts-codec.ts'
import { decideReceipts } from '../domain/receipts/decider.ts'
import type { Watermark } from '../domain/receipts/events.ts'
import { receiptsFromSnapshot, receiptsStateVersion, receiptsToSnapshot } from '../domain/receipts/snapshot.ts'
import { evolveReceipts, initialReceipts, type ReceiptsState } from '../domain/receipts/state.ts'
import { answerDecision } from './answer-decision.ts'
import type { Fold } from './load-stream.ts'
import type { Rules } from './stream-writer.ts'

/** Everything that one window gathered for one conversation. */
export interface AdvanceReceipts {
  readonly entries: readonly Watermark[]
  readonly lastSeq: number
  readonly at: number
}

const receiptsFold: Fold<ReceiptsState> = {
  version: receiptsStateVersion,
  initial: initialReceipts,
  evolve: (state, recorded) => evolveReceipts(state, decodeReceiptsEvent(recorded)),
  toSnapshot: receiptsToSnapshot,
  fromSnapshot: receiptsFromSnapshot,
}

/** `newId` must never give the same id twice, over all processes. */
export const receiptsRules = (newId: () => string): Rules<ReceiptsState, AdvanceReceipts, void> => ({
  fold: receiptsFold,
  prepare: () => undefined,
  decide: (state, { entries, lastSeq, at }) =>
    answerDecision(decideReceipts(state, entries, lastSeq, at), {
      accepted: (events) => {
        for (const event of events) evolveReceipts(state, event)
        return { events: events.map((event) => encodeReceiptsEvent(event, newId())), settle: () => undefined }
      },
      repeat: () => undefined,
    }),
})
