import type { EventStreams } from '../../event-log/event-logs.ts'
import { LogError, type LogErrorCode } from '../../ports/errors/log-error.ts'
import type { Appended, NewEvent } from '../../ports/event-log.ts'
import type { SnapshotStore } from '../../ports/snapshot-store.ts'
import { type Part, partsOf } from './append-parts.ts'
import { type Outcome, settle, type Waiting } from './command-outcome.ts'
import { createContention } from './contention.ts'
import { engineTrouble } from './engine-trouble.ts'
import type { Fold } from './load-stream.ts'
import { createStreamState } from './stream-state.ts'

/** How one kind of stream decides. */
export interface Rules<State, Command, Result> {
  readonly fold: Fold<State>
  /**
   * Reads what the decision needs from outside; undefined when it needs nothing. Called again on every attempt,
   * with the state to decide on.
   */
  prepare(command: Command, state: State): Promise<Command> | undefined
  /** Decides and folds the new events into `state`, which it owns. */
  decide(state: State, command: Command): Outcome<Result>
}

export interface WriterDeps {
  readonly log: EventStreams
  readonly snapshots: SnapshotStore
  readonly sleep: (ms: number) => Promise<void>
  readonly random: () => number
  /** The date that is stored. */
  readonly now: () => number
  /** Called for each append that met a concurrent writer and is decided again. */
  readonly onConflict: () => void
  /**
   * Other processes append to the same streams. A decision that leads to no append is then made on a state that
   * the log has confirmed. Default: false.
   */
  readonly shared?: boolean
}

/**
 * One writer for each hot stream: commands queue behind its cached state, and the queue is drained in as few
 * appends as the log's limit allows.
 */
export interface StreamWriter<State, Command, Result> {
  submit(command: Command): Promise<Result>
  /** The state, if it is loaded already. Do not keep it. */
  readonly known: State | undefined
  /** The newest state, loaded if needed. It may include decisions that are not durable yet. Do not keep it. */
  state(): Promise<State>
  /**
   * The state with everything that was durable at the time of the call, by any writer; resolves once the writer
   * is drained. Do not keep it.
   */
  confirmed(): Promise<State>
  /** Runs until the queue is empty; returns at once when it is running already. */
  drain(): Promise<void>
  /** Rejects everything that waits; the writer must not be used again. */
  abandon(error: Error): void
  readonly idle: boolean
  /** When the attempt in progress began (`performance.now()`); undefined between attempts. */
  readonly attemptSince: number | undefined
  /** Commands waiting or in flight. */
  readonly pending: number
}

const maxBatch = 256
/** A small batch is decided and stored before others come first. */
const maxContendedBatch = 32
/**
 * In a race among n each wins one time in n: nobody starves among a dozen, with a random pause of up to 16 ms
 * between attempts.
 */
const maxAttempts = 64
const longestRestMs = 16

export const createStreamWriter = <State, Command, Result>(
  stream: string,
  rules: Rules<State, Command, Result>,
  deps: WriterDeps,
): StreamWriter<State, Command, Result> => {
  let queue: Waiting<Command, Result>[] = []
  let batch: Waiting<Command, Result>[] = []
  let asked: PromiseWithResolvers<State>[] = []
  let running = false
  let attemptSince: number | undefined
  const contention = createContention(rules.fold)
  const hot = createStreamState({ stream, fold: rules.fold, contention, log: deps.log, snapshots: deps.snapshots })
  /** What is being appended: the outcomes of the first commands of the batch. */
  let part: Part<Result> = { outcomes: [], events: [] }

  const prepared = (state: State): Promise<readonly Command[]> | readonly Command[] => {
    const commands = batch.map((waiting) => rules.prepare(waiting.command, state) ?? waiting.command)
    return commands.some((command) => command instanceof Promise) ? Promise.all(commands) : (commands as Command[])
  }

  const append = async (events: readonly NewEvent[], revision: number): Promise<Appended> =>
    events.length === 0
      ? { firstRevision: revision + 1, position: 0n }
      : await deps.log.append(stream, events, revision < 0 ? 'no_stream' : revision)

  const answer = ({ outcomes }: Part<Result>, appended: Appended): void => {
    const answered = batch
    batch = outcomes.length === batch.length ? [] : batch.slice(outcomes.length)
    settle(answered, outcomes, appended)
  }

  /**
   * An append proves that the state was the newest. A decision without an append proves nothing, and is made
   * again if the state was not the newest.
   */
  const attempt = async (maxSize: number, isNewest = deps.shared !== true): Promise<void> => {
    attemptSince = performance.now()
    if (hot.loaded === undefined) await hot.load()
    else if (contention.isExpected()) await hot.catchUp()
    const ready = prepared((hot.loaded ?? (await hot.load())).state)
    const commands = ready instanceof Promise ? await ready : ready
    const { state, revision } = hot.loaded ?? (await hot.load())
    contention.keep({ state, revision })
    const parts = partsOf(
      commands.map((command) => rules.decide(state, command)),
      maxSize,
    )
    if (!isNewest && parts.every(({ events }) => events.length === 0) && (await hot.catchUp()))
      return attempt(maxSize, true)
    let last = revision
    for (part of parts) {
      // Abandoned: its commands were told that the outcome is unknown.
      if (batch.length === 0) return
      attemptSince = performance.now()
      const appended = await append(part.events, last)
      last = appended.firstRevision + part.events.length - 1
      if (part === parts.at(-1)) hot.keep({ state, revision: last })
      answer(part, appended)
    }
  }

  const isLogError = (error: unknown, code: LogErrorCode): boolean => error instanceof LogError && error.code === code

  /** Refuses the one command that is too large for the log; false when no single command is to blame. */
  const refuseTooLarge = (error: unknown): boolean => {
    const [index, ...others] = part.outcomes.flatMap(({ events }, at) => (events.length > 0 ? [at] : []))
    if (index === undefined || others.length > 0) return false
    batch[index]?.reject(engineTrouble(error))
    batch = batch.toSpliced(index, 1)
    return true
  }

  /** A failed append leaves decisions in the state that never happened, so the state is dropped as well. */
  const attemptUntilSettled = async (): Promise<void> => {
    let maxSize = deps.log.maxAppendSize
    for (let conflicts = 0; batch.length > 0; ) {
      const before = batch.length
      try {
        return await attempt(maxSize)
      } catch (error) {
        const isConflict = isLogError(error, 'wrong_expected_revision')
        hot.goBack(isConflict ? contention.lost() : undefined)
        const isTooLarge = isLogError(error, 'event_too_large')
        if (isTooLarge && refuseTooLarge(error)) continue
        if (isTooLarge && maxSize > 0) {
          maxSize = 0
          continue
        }
        conflicts = batch.length < before ? 1 : conflicts + 1
        if (!isConflict || conflicts === maxAttempts) return fail(engineTrouble(error) ?? error)
        deps.onConflict()
        await deps.sleep(deps.random() * Math.min(longestRestMs, 2 ** conflicts))
      }
    }
  }

  const confirm = async (): Promise<void> => {
    const waiting = asked
    asked = []
    attemptSince = performance.now()
    try {
      await hot.catchUp()
      for (const one of waiting) one.resolve((hot.loaded ?? (await hot.load())).state)
    } catch (error) {
      hot.goBack(undefined)
      for (const one of waiting) one.reject(engineTrouble(error) ?? error)
    }
  }

  const fail = (error: unknown): void => {
    for (const waiting of batch) waiting.reject(error)
    batch = []
  }

  return {
    submit: (command) =>
      new Promise<Result>((resolve, reject) => {
        queue.push({ command, resolve, reject })
      }),
    state: async () => (hot.loaded ?? (await hot.load())).state,
    confirmed: () => {
      const one = Promise.withResolvers<State>()
      asked.push(one)
      return one.promise
    },
    drain: async () => {
      if (running) return
      running = true
      while (queue.length > 0 || asked.length > 0) {
        if (asked.length > 0) await confirm()
        const most = contention.isExpected() ? maxContendedBatch : maxBatch
        batch = queue.length <= most ? queue : queue.slice(0, most)
        queue = queue.length <= most ? [] : queue.slice(most)
        if (batch.length > 0) await attemptUntilSettled()
      }
      attemptSince = undefined
      running = false
    },
    abandon: (error) => {
      fail(error)
      for (const waiting of [...queue, ...asked]) waiting.reject(error)
      queue = []
      asked = []
    },
    get known() {
      return hot.loaded?.state
    },
    get idle() {
      return !running && queue.length === 0 && asked.length === 0
    },
    get attemptSince() {
      return attemptSince
    },
    get pending() {
      return queue.length + batch.length
    },
  }
}
