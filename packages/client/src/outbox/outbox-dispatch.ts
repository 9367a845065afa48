import type { Answers, ProbeEntry, TransmitEntry } from '../commands/outbox-answers.ts'
import * as chains from '../commands/outbox-chain.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Clock } from '../time/clock.ts'
import type { OutboxGivenUp } from './outbox-given-up.ts'
import type { OutboxQueue } from './outbox-queue.ts'

export interface OutboxDispatchDeps {
  readonly clock: Clock
  readonly queue: OutboxQueue
  readonly givenUp: Pick<OutboxGivenUp, 'isCondemned' | 'isRejecting'>
  readonly transmit: TransmitEntry
  readonly probe: ProbeEntry
  /** Whether it may go out now. */
  readonly isReady: (entry: OutboxEntry) => boolean
  /** Begins what is missing, and wakes the outbox when it is there. */
  readonly makeReady: (entry: OutboxEntry) => void
  /** How many commands may be unanswered at once; 0 while there is no live connection. */
  readonly window: () => number
  /** It goes out now: from now on it may have arrived. */
  readonly onSending: (entry: OutboxEntry) => void
  /** Receives the answers to an entry. */
  readonly answersTo: (entry: OutboxEntry) => Answers
  readonly onError: (thrown: unknown) => void
}

/** What could not be begun is looked at again after so long. */
const againMs = 5_000

/** Sends what waits, as far as it may go out now. */
export interface OutboxDispatch {
  /** Something may go out that could not before. */
  wake(): void
  stop(): void
}

export const createOutboxDispatch = (deps: OutboxDispatchDeps): OutboxDispatch => {
  const { clock, queue, givenUp } = deps
  let running = false
  let again = false
  let stopped = false
  /** Until when nothing is begun, by conversation. */
  const resting = new Map<string, number>()
  let cancelTimer: (() => void) | undefined

  const transmit = async (entry: OutboxEntry) => {
    const chain = queue.chain(entry.conversationId)
    queue.put(entry.conversationId, chains.sent(chain, entry.clientSeq))
    deps.onSending(entry)
    const answers = deps.answersTo(entry)
    const after = chains.predecessor(chain, entry.clientSeq)
    try {
      if (givenUp.isCondemned(entry)) deps.probe(entry, entry.command, after, answers)
      else await deps.transmit(entry, after, answers)
    } catch (thrown) {
      answers.refused(toBackscrollError(thrown))
    }
  }

  /** A given-up entry goes out only as a question about its outcome. */
  const maySend = (entry: OutboxEntry): boolean => givenUp.isCondemned(entry) || deps.isReady(entry)

  const isResting = (id: string): boolean => {
    const until = resting.get(id) ?? Number.NEGATIVE_INFINITY
    if (until <= clock.now()) resting.delete(id)
    return until > clock.now()
  }
  const nextOf = (id: string): OutboxEntry | undefined =>
    !stopped && !isResting(id) && queue.inFlight() < deps.window()
      ? chains.nextToSend(queue.chain(id), clock.now())
      : undefined

  /** Whether it was sent. */
  const advance = async (entry: OutboxEntry): Promise<boolean> => {
    if (!maySend(entry)) {
      deps.makeReady(entry)
      return false
    }
    await transmit(entry)
    return true
  }
  /** One that cannot even be begun keeps back its own conversation alone. */
  const tryToAdvance = async (entry: OutboxEntry): Promise<boolean> => {
    try {
      return await advance(entry)
    } catch (thrown) {
      deps.onError(thrown)
      resting.set(entry.conversationId, clock.now() + againMs)
      return false
    }
  }
  /** One entry of each conversation in turn, so that a long queue does not hold up the others. */
  const round = async (): Promise<boolean> => {
    let progress = false
    for (const id of [...queue.busy()]) {
      const entry = nextOf(id)
      if (entry === undefined || givenUp.isRejecting(entry)) continue
      if (await tryToAdvance(entry)) progress = true
    }
    return progress
  }

  const wakeWhenDue = () => {
    cancelTimer?.()
    const times = [...queue.busy()].map((id) => queue.chain(id).notBefore)
    const due = [...times, ...resting.values()].filter((time) => time > clock.now())
    cancelTimer = stopped || due.length === 0 ? undefined : clock.after(Math.min(...due) - clock.now(), wake)
  }

  const run = async () => {
    running = true
    while (again) {
      again = false
      while (await round());
    }
    running = false
    wakeWhenDue()
  }

  const wake = () => {
    again = true
    if (!running) void run()
  }

  return {
    wake,
    stop: () => {
      stopped = true
      cancelTimer?.()
    },
  }
}
