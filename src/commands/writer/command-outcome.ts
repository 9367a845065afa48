import type { Appended, NewEvent } from '../../ports/event-log.ts'

/**
 * The result of a decision. `events` (none for a repeat or a rejection) are already folded into the state. `settle`
 * makes the answer once everything decided before it is durable, at or below `position`; if it throws, the command
 * is rejected with that.
 */
export interface Outcome<Result> {
  readonly events: readonly NewEvent[]
  settle(firstRevision: number, position: bigint): Result | Promise<Result>
}

/** A command, and the caller that waits for its answer. */
export interface Waiting<Command, Result> {
  readonly command: Command
  resolve(result: Result | Promise<Result>): void
  reject(error: unknown): void
}

/** Answers the callers that wait for `outcomes`, in the same order; one append has stored the events. */
export const settle = <Result>(
  waiting: readonly Waiting<unknown, Result>[],
  outcomes: readonly Outcome<Result>[],
  { firstRevision, position }: Appended,
): void => {
  let offset = 0
  outcomes.forEach((outcome, index) => {
    const count = outcome.events.length
    try {
      waiting[index]?.resolve(outcome.settle(firstRevision + offset, position))
    } catch (error) {
      waiting[index]?.reject(error)
    }
    offset += count
  })
}
