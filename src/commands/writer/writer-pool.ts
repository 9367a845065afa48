import { ProtocolError } from '@backscroll/protocol/errors'
import { LRUCache } from 'lru-cache'
import { createStreamWriter, type Rules, type StreamWriter, type WriterDeps } from './stream-writer.ts'

export interface WritersOptions {
  /** How many idle streams keep their state in memory. */
  readonly maxIdle: number
  /** How many commands may wait for one stream; more are refused as temporary. */
  readonly maxPending: number
  /** An append that takes longer fails its commands as temporary; a retry finds out whether it had happened. */
  readonly timeoutMs: number
}

/** The writers of all hot streams of one kind, at most one per stream. */
export interface Writers<State, Command, Result> {
  submit(stream: string, command: Command): Promise<Result>
  /** The state, if it is in memory already. */
  known(stream: string): State | undefined
  /** A state that does not suffice may be old where others append too: then the log is asked first. */
  state(stream: string, isEnough?: (state: State) => boolean): Promise<State>
  /** Resolves when nothing waits. */
  settled(): Promise<void>
  close(): void
}

export const createWriters = <State, Command, Result>(
  rules: Rules<State, Command, Result>,
  options: WritersOptions,
  deps: WriterDeps,
): Writers<State, Command, Result> => {
  type Writer = StreamWriter<State, Command, Result>
  const active = new Map<string, Writer>()
  const idle = new LRUCache<string, Writer>({ max: options.maxIdle })
  let dirty: string[] = []

  const rest = (stream: string, writer: Writer): void => {
    // The watchdog may have replaced it meanwhile.
    if (active.get(stream) !== writer) return
    if (!writer.idle) return schedule(stream)
    active.delete(stream)
    idle.set(stream, writer)
  }

  const run = (): void => {
    const streams = dirty
    dirty = []
    for (const stream of streams) {
      const writer = active.get(stream)
      if (writer !== undefined) void writer.drain().then(() => rest(stream, writer))
    }
  }

  /** Everything that arrives in one turn of the event loop is decided together, and so shares one commit. */
  const schedule = (stream: string): void => {
    if (dirty.length === 0) setImmediate(run)
    dirty.push(stream)
  }

  const wake = (stream: string): Writer => {
    const writer = idle.get(stream) ?? createStreamWriter(stream, rules, deps)
    idle.delete(stream)
    active.set(stream, writer)
    schedule(stream)
    return writer
  }

  const abandonStuck = (): void => {
    const oldest = performance.now() - options.timeoutMs
    for (const [stream, writer] of active) {
      if (writer.attemptSince === undefined || writer.attemptSince > oldest) continue
      active.delete(stream)
      writer.abandon(new ProtocolError('unavailable'))
    }
  }
  const watchdog = setInterval(abandonStuck, Math.max(50, options.timeoutMs / 4)).unref()

  return {
    submit: (stream, command) => {
      const writer = active.get(stream) ?? wake(stream)
      if (writer.pending >= options.maxPending)
        return Promise.reject(new ProtocolError('rate_limited', undefined, { retryAfterMs: 100 }))
      return writer.submit(command)
    },
    known: (stream) => (active.get(stream) ?? idle.peek(stream))?.known,
    state: async (stream, isEnough = () => true) => {
      const writer = active.get(stream) ?? idle.get(stream) ?? createStreamWriter(stream, rules, deps)
      if (!active.has(stream)) idle.set(stream, writer)
      const state = await writer.state()
      if (deps.shared !== true || isEnough(state)) return state
      return (active.get(stream) ?? wake(stream)).confirmed()
    },
    settled: async () => {
      while (active.size > 0) await deps.sleep(5)
    },
    close: () => clearInterval(watchdog),
  }
}
