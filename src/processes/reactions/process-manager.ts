import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'
import type { ParkedReaction, ParkedReactionRecords } from '../../ports/parked-reactions.ts'
import { createTurns } from '../../runtime/serial-queue.ts'
import { openParkedStreams } from './parked-streams.ts'
import type { Reaction } from './reaction.ts'
import { createAttempts } from './retry-attempts.ts'
import { createRetryReactions } from './retry-reactions.ts'

/** Where a process manager stores how far it has come. */
export interface Checkpoints {
  checkpoint(name: string): Promise<{ readonly epoch: string; readonly position: Position } | undefined>
  saveCheckpoint(name: string, checkpoint: { readonly epoch: string; readonly position: Position }): Promise<void>
}

export interface ProcessManagerDeps extends Reaction {
  readonly name: string
  readonly log: Pick<EventReader, 'epoch' | 'subscribe' | 'readStream'>
  readonly checkpoints: Checkpoints
  readonly records: Pick<
    ParkedReactionRecords,
    'parkedReactions' | 'parkReaction' | 'resumeReactions' | 'reactionRetries'
  >
  readonly now: () => number
  readonly onError: (error: unknown) => void
  readonly onParked: (reaction: ParkedReaction) => void
  /** Default: 100 ms after the first failure, up to 30 s. */
  readonly retryMs?: { readonly first: number; readonly most: number }
  /** How often it looks for requested retries. */
  readonly lookMs?: number
}

export interface ProcessManager {
  close(): Promise<void>
}

/** Events since then may be checked again after a crash. A check is cheap, a durable checkpoint is not. */
const saveEveryMs = 60_000

/** With the pauses between them about six seconds, in which views catch up and others finish what they began. */
const mostFailures = 7

const usualRetryMs = { first: 100, most: 30_000 }

/**
 * Consumes the log from its own checkpoint, and may be killed anywhere: at least once, and in order within each
 * stream.
 */
export const startProcessManager = async (deps: ProcessManagerDeps): Promise<ProcessManager> => {
  const { name, log, checkpoints, types, react, onError, retryMs = usualRetryMs, lookMs = 1_000 } = deps
  const stored = await checkpoints.checkpoint(name)
  // Positions of another life of the log mean nothing here: everything is looked at again.
  let saved = stored?.epoch === log.epoch ? stored.position : 0n
  let reached = saved
  const closing = new AbortController()
  const parked = await openParkedStreams({ ...deps, epoch: log.epoch })
  const attempt = createAttempts({ retryMs, mostFailures, onError, closed: closing.signal })
  const untilDone = createAttempts({ retryMs, mostFailures: Number.POSITIVE_INFINITY, onError, closed: closing.signal })
  const turn = createTurns()

  const save = async (position: Position): Promise<void> => {
    if (position === saved) return
    await checkpoints.saveCheckpoint(name, { epoch: log.epoch, position })
    saved = position
  }

  const waits = ({ stream, revision }: RecordedEvent): boolean => revision >= (parked.at(stream) ?? revision + 1)

  /** Undefined when it closes before the event is done or parked. */
  const settle = async (event: RecordedEvent): Promise<boolean | undefined> => {
    const work = waits(event) ? undefined : react(event)
    if (work === undefined) return false
    const tried = await attempt(work)
    if (tried.kind === 'done') return tried.result
    if (tried.kind === 'closed') return undefined
    const put = await untilDone(() => parked.park(event, tried.attempts, tried.error))
    return put.kind === 'done' ? true : undefined
  }

  const handle = async (events: readonly RecordedEvent[]): Promise<void> => {
    let reacted = false
    for (const event of events) {
      const settled = closing.signal.aborted ? undefined : await settle(event)
      if (settled === undefined) return
      reacted ||= settled
      reached = event.position
    }
    if (reacted) await save(reached).catch(onError)
  }

  const retry = createRetryReactions({ ...deps, parked, reached: () => reached })
  const subscription = log.subscribe(saved, (events) => turn(() => handle(events)), { types })
  subscription.done.catch(onError)
  const saving = setInterval(() => void save(subscription.position()).catch(onError), saveEveryMs)
  let isLooking = false
  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    await turn(retry).catch(onError)
    isLooking = false
  }
  const looking = setInterval(() => void look(), lookMs)
  return {
    close: async () => {
      clearInterval(saving)
      clearInterval(looking)
      // Not the one that is ending now: it may have been given up in the middle.
      const position = subscription.position()
      closing.abort()
      await subscription.close()
      await turn(async () => {})
      if (position > saved) await save(position).catch(onError)
    },
  }
}
