import { ProtocolError } from '@backscroll/protocol/errors'
import type { Decision } from '../../domain/decision.ts'
import type { Rejection } from '../../domain/rejection.ts'
import type { Outcome } from './command-outcome.ts'

interface Answers<Event, Result> {
  accepted(events: readonly Event[]): Outcome<Result>
  repeat(revision: number | undefined): Result | Promise<Result>
}

export const asProtocolError = ({ code, message, details }: Rejection): ProtocolError =>
  new ProtocolError(code, message, details && { details })

/**
 * Turns a decision into an outcome. A rejection keeps its code, and is told only after everything decided before it
 * is durable.
 */
export const answerDecision = <Event, Result>(
  decision: Decision<Event>,
  answers: Answers<Event, Result>,
): Outcome<Result> => {
  switch (decision.kind) {
    case 'accepted':
      return answers.accepted(decision.events)
    case 'repeat':
      return { events: [], settle: () => answers.repeat(decision.revision) }
    case 'rejected':
      return {
        events: [],
        settle: () => {
          throw asProtocolError(decision.rejection)
        },
      }
  }
}
