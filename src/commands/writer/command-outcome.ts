import type { Appended, NewEvent } from '../../ports/event-log.ts'

/**
 * What a decision came to. `events` (none for a repeat or a rejection) are already folded into the state. `settle`
 * makes the answer once everything decided before it is durable, and stands at or below `position`; what it throws is
 * the command's rejection.
 */
export interface Outcome<Result> {
  readonly events: readonly NewEvent[]
  settle(firstRevision: number, position: bigint): Result | Promise<Result>
}

/** A command, and whoever waits for its answer. */
export interface Waiting<Command, Result> {
  readonly command: Command
  resolve(result: Result | Promise<Result>): void
  reject(error: unknown): void
}

/** Answers those who wait for `outcomes`, in the same order, whose events one append has stored. */
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
