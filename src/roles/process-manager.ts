import { setTimeout as sleep } from 'node:timers/promises'
import { UndecodableEvent } from '../codec/undecodable-event.ts'
import type { EventReader, Position, RecordedEvent } from '../ports/event-log.ts'

/** Where a process manager keeps how far it has come. */
export interface Checkpoints {
  checkpoint(name: string): Promise<{ readonly epoch: string; readonly position: Position } | undefined>
  saveCheckpoint(name: string, checkpoint: { readonly epoch: string; readonly position: Position }): Promise<void>
}

export interface Reaction {
  /** Of the events that it looks at. */
  readonly types: ReadonlySet<string>
  /**
   * What follows from an event; undefined when nothing does. It is done again after a crash, so it must bear being done twice. What it throws is
   * tried again, later and later, and nothing after it is looked at before; but an `UndecodableEvent` is told and passed over, for it stays what it is.
   * Answers whether there was anything to do.
   */
  readonly react: (event: RecordedEvent) => (() => Promise<boolean>) | undefined
}

export interface ProcessManagerDeps extends Reaction {
  readonly name: string
  readonly log: Pick<EventReader, 'epoch' | 'subscribe'>
  readonly checkpoints: Checkpoints
  readonly onError: (error: unknown) => void
  /** Default: 100 ms after the first failure, up to 30 s. */
  readonly retryMs?: { readonly first: number; readonly most: number }
}

export interface ProcessManager {
  close(): Promise<void>
}

/** What came since may be looked at again after a crash: looking is cheap, a durable checkpoint is not. */
const saveEveryMs = 60_000

/** Consumes the log from its own checkpoint, and may be killed anywhere: at least once, in order. */
export const startProcessManager = async (deps: ProcessManagerDeps): Promise<ProcessManager> => {
  const { name, log, checkpoints, types, react, onError, retryMs = { first: 100, most: 30_000 } } = deps
  const stored = await checkpoints.checkpoint(name)
  // Positions of another log's life mean nothing here: everything is looked at again.
  let saved = stored?.epoch === log.epoch ? stored.position : 0n
  const closing = new AbortController()

  const save = async (position: Position): Promise<void> => {
    if (position === saved) return
    await checkpoints.saveCheckpoint(name, { epoch: log.epoch, position })
    saved = position
  }

  /** Undefined when it closes before. */
  const untilDone = async (work: () => Promise<boolean>): Promise<boolean | undefined> => {
    for (let delay = retryMs.first; !closing.signal.aborted; delay = Math.min(delay * 2, retryMs.most)) {
      try {
        return await work()
      } catch (error) {
        onError(error)
        if (error instanceof UndecodableEvent) return false
        await sleep(delay, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
    return undefined
  }

  const handle = async (events: readonly RecordedEvent[]): Promise<void> => {
    let reacted = false
    for (const event of events) {
      if (closing.signal.aborted) return
      const work = react(event)
      if (work === undefined) continue
      const acted = await untilDone(work)
      if (acted === undefined) return
      reacted ||= acted
    }
    const last = events.at(-1)
    if (reacted && last !== undefined) await save(last.position).catch(onError)
  }

  const subscription = log.subscribe(saved, handle, { types })
  subscription.done.catch(onError)
  const saving = setInterval(() => void save(subscription.position()).catch(onError), saveEveryMs)
  return {
    close: async () => {
      clearInterval(saving)
      // Not what comes to an end now: it may have been given up in its middle.
      const reached = subscription.position()
      closing.abort()
      await subscription.close()
      if (reached > saved) await save(reached).catch(onError)
    },
  }
}
