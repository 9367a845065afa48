import { setTimeout as sleep } from 'node:timers/promises'
import { UndecodableEvent } from '../codec/undecodable-event.ts'
import type { EventReader, Position, RecordedEvent, Subscription } from '../ports/event-log.ts'

/** Where a process manager keeps how far it has come. */
export interface Checkpoints {
  checkpoint(name: string): Promise<{ readonly epoch: string; readonly position: Position } | undefined>
  saveCheckpoint(name: string, checkpoint: { readonly epoch: string; readonly position: Position }): Promise<void>
}

export interface ProcessManagerDeps {
  readonly name: string
  readonly log: Pick<EventReader, 'epoch' | 'subscribe'>
  readonly checkpoints: Checkpoints
  /**
   * What follows from an event; undefined when nothing does. It is done again after a crash, so it must bear being done twice. What it throws is
   * tried again, later and later, and nothing after it is looked at before; but an `UndecodableEvent` is told and passed over, for it stays what it is.
   * Answers whether there was anything to do.
   */
  readonly react: (event: RecordedEvent) => (() => Promise<boolean>) | undefined
  readonly onError: (error: unknown) => void
  /** Default: 100 ms after the first failure, up to 30 s. */
  readonly retryMs?: { readonly first: number; readonly most: number }
}

export interface ProcessManager {
  close(): Promise<void>
}

/** Events that may be looked at again after a restart: looking is cheap, a durable checkpoint is not. */
const checkpointEvery = 5_000

/** Consumes the log from its own checkpoint, and may be killed anywhere: at least once, in order. */
export const startProcessManager = async (deps: ProcessManagerDeps): Promise<ProcessManager> => {
  const { name, log, checkpoints, react, onError, retryMs = { first: 100, most: 30_000 } } = deps
  const stored = await checkpoints.checkpoint(name)
  // Positions of another log's life mean nothing here: everything is looked at again.
  let saved = stored?.epoch === log.epoch ? stored.position : 0n
  let looked = 0
  const closing = new AbortController()

  const save = async (position: Position): Promise<void> => {
    if (position === saved) return
    await checkpoints.saveCheckpoint(name, { epoch: log.epoch, position })
    saved = position
    looked = 0
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
    const last = events.at(-1)?.position ?? saved
    looked += events.length
    if (reacted || looked >= checkpointEvery) await save(last).catch(onError)
  }

  const subscription: Subscription = log.subscribe(saved, handle)
  subscription.done.catch(onError)
  return {
    close: async () => {
      closing.abort()
      await subscription.close()
    },
  }
}
