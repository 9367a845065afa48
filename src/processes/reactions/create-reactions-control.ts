import { UnavailableError } from '../../ports/errors/unavailable-error.ts'
import type { ParkedReactionRecords } from '../../ports/parked-reactions.ts'
import type { ReactionRetryOutcome, ReactionsControl } from '../../ports/reactions-control.ts'

export interface ReactionsControlDeps {
  readonly records: Pick<
    ParkedReactionRecords,
    'parkedReactions' | 'parkedReactionCount' | 'askReactionRetry' | 'reactionRetry'
  >
  readonly sleep: (ms: number) => Promise<void>
  /** How long it waits for the process that does it; 10 s if absent. */
  readonly waitMs?: number
}

/** A mistake in a reaction can park every conversation. */
const mostShown = 100

const lookMs = 200

/** Asks through the database: the process that runs the reaction finds the request there. */
export const createReactionsControl = ({ records, sleep, waitMs = 10_000 }: ReactionsControlDeps): ReactionsControl => {
  const answer = async (process: string, stream: string): Promise<ReactionRetryOutcome> => {
    for (let waited = 0; waited < waitMs; waited += lookMs) {
      const state = await records.reactionRetry(process, stream)
      if (state !== 'asked') return state ?? 'resumed'
      await sleep(lookMs)
    }
    throw new UnavailableError('nobody does what follows from events at the moment; it stays asked for')
  }

  return {
    report: async () => ({
      parked: await records.parkedReactions(mostShown),
      parkedCount: await records.parkedReactionCount(),
    }),
    retry: async (process, stream) =>
      (await records.askReactionRetry(process, stream)) ? answer(process, stream) : 'unknown',
  }
}
