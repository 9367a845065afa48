import { decodeReceiptsEvent, encodeReceiptsEvent } from '../../codec/receipts-codec.ts'
import type { Decision } from '../../domain/decision.ts'
import { decideReceipts, decideWelcome } from '../../domain/receipts/receipts-decider.ts'
import type { ReceiptsEvent, Watermark, WelcomeAcknowledged } from '../../domain/receipts/receipts-events.ts'
import {
  receiptsFromSnapshot,
  receiptsStateVersion,
  receiptsToSnapshot,
} from '../../domain/receipts/receipts-snapshot.ts'
import { evolveReceipts, initialReceipts, type ReceiptsState } from '../../domain/receipts/receipts-state.ts'
import { answerDecision } from '../writer/answer-decision.ts'
import type { Fold } from '../writer/load-stream.ts'
import type { Rules } from '../writer/stream-writer.ts'

/** Everything that one window gathered for one conversation. */
export interface AdvanceReceipts {
  readonly entries: readonly Watermark[]
  readonly lastSeq: number
  readonly at: number
}

/** A device that no longer needs a Welcome. */
export interface AcknowledgeWelcome {
  readonly welcome: WelcomeAcknowledged['data']
  readonly at: number
}

const decide = (state: ReceiptsState, command: AdvanceReceipts | AcknowledgeWelcome): Decision<ReceiptsEvent> =>
  'welcome' in command
    ? decideWelcome(state, command.welcome, command.at)
    : decideReceipts(state, command.entries, command.lastSeq, command.at)

const receiptsFold: Fold<ReceiptsState> = {
  version: receiptsStateVersion,
  initial: initialReceipts,
  evolve: (state, recorded) => evolveReceipts(state, decodeReceiptsEvent(recorded)),
  toSnapshot: receiptsToSnapshot,
  fromSnapshot: receiptsFromSnapshot,
}

/** `newId` must never give the same id twice, in any process. */
export const receiptsRules = (
  newId: () => string,
): Rules<ReceiptsState, AdvanceReceipts | AcknowledgeWelcome, void> => ({
  fold: receiptsFold,
  prepare: () => undefined,
  decide: (state, command) =>
    answerDecision(decide(state, command), {
      accepted: (events) => {
        for (const event of events) evolveReceipts(state, event)
        return { events: events.map((event) => encodeReceiptsEvent(event, newId())), settle: () => undefined }
      },
      repeat: () => undefined,
    }),
})
