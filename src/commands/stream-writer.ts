import { type Appended, type EventLog, LogError, type NewEvent } from '../ports/event-log.ts'
import type { SnapshotStore } from '../ports/snapshot-store.ts'
import { engineTrouble } from './engine-trouble.ts'
import { type Fold, foldOn, type Loaded, loadStream } from './load-stream.ts'

/**
 * What a decision came to. `events` (none for a repeat or a rejection) are already folded into the state. `settle` makes the answer once everything
 * decided before it is durable; what it throws is the command's rejection.
 */
export interface Outcome<Result> {
  readonly events: readonly NewEvent[]
  settle(firstRevision: number, positions: readonly bigint[]): Result | Promise<Result>
}

/** How one kind of stream decides. */
export interface Rules<State, Command, Result> {
  readonly fold: Fold<State>
  /** Reads what the decision needs from outside; undefined when it needs nothing. Called again on every attempt. */
  prepare(command: Command): Promise<Command> | undefined
  /** Decides and folds the new events into `state`, which it owns. */
  decide(state: State, command: Command): Outcome<Result>
}

export interface WriterDeps {
  readonly log: EventLog
  readonly snapshots: SnapshotStore
  readonly sleep: (ms: number) => Promise<void>
  readonly random: () => number
  readonly now: () => number
  /** Called for each append that met a concurrent writer and is decided again. */
  readonly onConflict: () => void
  /** Other processes append to the same streams. What leads to no append is then decided on a state that the log has confirmed. Default: false. */
  readonly shared?: boolean
}

/** One writer per hot stream: commands queue behind its cached state, the queue is drained in one append. */
export interface StreamWriter<State, Command, Result> {
  submit(command: Command): Promise<Result>
  /** The newest state, loaded if needed. It may include decisions that are not durable yet. Do not keep it. */
  state(): Promise<State>
  /** The state with everything in it that was durable when it was asked for, by whomever; once the writer is drained. Do not keep it. */
  confirmed(): Promise<State>
  /** Runs until the queue is empty; returns at once when it is running already. */
  drain(): Promise<void>
  /** Rejects everything that waits; the writer must not be used again. */
  abandon(error: Error): void
  readonly idle: boolean
  /** When the attempt in progress began (deps.now); undefined between attempts. */
  readonly attemptSince: number | undefined
  /** Commands waiting or in flight. */
  readonly pending: number
}

interface Waiting<Command, Result> {
  readonly command: Command
  resolve(result: Result | Promise<Result>): void
  reject(error: unknown): void
}

const maxBatch = 256
const maxAttempts = 6
const snapshotEvery = 500

export const createStreamWriter = <State, Command, Result>(
  stream: string,
  rules: Rules<State, Command, Result>,
  deps: WriterDeps,
): StreamWriter<State, Command, Result> => {
  let queue: Waiting<Command, Result>[] = []
  let batch: Waiting<Command, Result>[] = []
  let asked: PromiseWithResolvers<State>[] = []
  let loaded: Loaded<State> | undefined
  let snapshotRevision = -1
  let running = false
  let attemptSince: number | undefined
  let loading: Promise<Loaded<State>> | undefined

  const keepLoaded = (fresh: Loaded<State>): Loaded<State> => {
    loading = undefined
    loaded = fresh
    snapshotRevision = fresh.revision
    return fresh
  }

  /** Shared by everybody who waits for it, so that a late load never replaces a state that has moved on. */
  const load = (): Promise<Loaded<State>> => {
    loading ??= loadStream(deps.log, deps.snapshots, rules.fold, stream).then(keepLoaded, (error) => {
      loading = undefined
      throw error
    })
    return loading
  }

  /** Whether others have appended since. */
  const catchUp = async (): Promise<boolean> => {
    const before = loaded ?? (await load())
    loaded = await foldOn(deps.log, rules.fold, stream, before)
    return loaded.revision > before.revision
  }

  const prepared = (): Promise<readonly Command[]> | readonly Command[] => {
    const commands = batch.map((waiting) => rules.prepare(waiting.command) ?? waiting.command)
    return commands.some((command) => command instanceof Promise) ? Promise.all(commands) : (commands as Command[])
  }

  const append = async (events: readonly NewEvent[], revision: number): Promise<Appended> =>
    events.length === 0
      ? { firstRevision: revision + 1, positions: [] }
      : await deps.log.append(stream, events, revision < 0 ? 'no_stream' : revision)

  const keep = (state: State, revision: number): void => {
    loaded = { state, revision }
    if (revision - snapshotRevision < snapshotEvery) return
    snapshotRevision = revision
    // A cache: a snapshot that cannot be written costs time at the next load, nothing else.
    deps.snapshots
      .save({ stream, revision, version: rules.fold.version, state: rules.fold.toSnapshot(state) })
      .catch(() => undefined)
  }

  const settle = (outcomes: readonly Outcome<Result>[], appended: Appended): void => {
    let offset = 0
    outcomes.forEach((outcome, index) => {
      const count = outcome.events.length
      const positions =
        appended.positions.length === count ? appended.positions : appended.positions.slice(offset, offset + count)
      try {
        batch[index]?.resolve(outcome.settle(appended.firstRevision + offset, positions))
      } catch (error) {
        batch[index]?.reject(error)
      }
      offset += count
    })
    batch = []
  }

  /** An append proves that the state was the newest; what leads to none proves nothing, and is decided again if it was not. */
  const attempt = async (isNewest = deps.shared !== true): Promise<void> => {
    attemptSince = deps.now()
    const { state, revision } = loaded ?? (await load())
    const ready = prepared()
    const commands = ready instanceof Promise ? await ready : ready
    const outcomes = commands.map((command) => rules.decide(state, command))
    const events = outcomes.length === 1 ? (outcomes[0]?.events ?? []) : outcomes.flatMap((outcome) => outcome.events)
    if (!isNewest && events.length === 0 && (await catchUp())) return attempt(true)
    const appended = await append(events, revision)
    keep(state, revision + events.length)
    settle(outcomes, appended)
  }

  const isConflict = (error: unknown): boolean => error instanceof LogError && error.code === 'wrong_expected_revision'

  /** A failed append leaves decisions in the state that never happened, so the state goes with it. */
  const attemptUntilSettled = async (): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt()
      } catch (error) {
        loaded = undefined
        if (!isConflict(error) || tries === maxAttempts) return fail(engineTrouble(error) ?? error)
        deps.onConflict()
        await deps.sleep(deps.random() * 2 ** tries)
      }
    }
  }

  const confirm = async (): Promise<void> => {
    const waiting = asked
    asked = []
    attemptSince = deps.now()
    try {
      await catchUp()
      for (const one of waiting) one.resolve((loaded ?? (await load())).state)
    } catch (error) {
      loaded = undefined
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
    state: async () => (loaded ?? (await load())).state,
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
        batch = queue.length <= maxBatch ? queue : queue.slice(0, maxBatch)
        queue = queue.length <= maxBatch ? [] : queue.slice(maxBatch)
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
