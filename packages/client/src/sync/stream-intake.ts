import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { Source, Tracked, Verdict } from './stream-tracker.ts'

/** How many events of one conversation may wait for a missing predecessor; a sync brings the rest. */
const heldPerStream = 500

export interface IntakeDeps {
  /** How an event relates to a stream. */
  readonly judge: (tracked: Tracked | undefined, event: WireEvent, source: Source) => Verdict
  /** It was passed on before this start. */
  readonly streams: ReadonlyMap<string, Tracked>
  /** The next event of its conversation, each once. */
  readonly pass: (event: WireEvent, tracked: Tracked) => void
  /** A predecessor is missing: a sync is needed. */
  readonly onGap: (conversationId: string) => void
  /** A page skipped these, although pages are complete. */
  readonly onSkipped: (conversationId: string, after: number, before: number) => void
}

/** Puts incoming events into order: drops what was passed on already, and holds what came too early. */
export interface StreamIntake {
  offer(event: WireEvent, source: Source): void
  /** Events wait for a predecessor: the position must not move beyond it. */
  readonly waiting: () => boolean
  /** Passes on waiting events although their predecessors could not be had. */
  force(): void
  known(conversationId: string): Tracked | undefined
  /** After a snapshot: forgets everything, and continues from its revisions. */
  reset(streams: ReadonlyMap<string, Tracked>): void
}

export const createStreamIntake = (deps: IntakeDeps): StreamIntake => {
  const streams = new Map(deps.streams)
  const held = new Map<string, Map<number, WireEvent>>()

  const hold = (event: WireEvent) => {
    const { id } = event.stream
    const waiting = held.get(id) ?? new Map<number, WireEvent>()
    held.set(id, waiting)
    if (waiting.size < heldPerStream) waiting.set(event.revision, event)
    deps.onGap(id)
  }

  /** After an event was passed on, those that waited for it follow; those that it overtook are dropped. */
  const release = (id: string) => {
    const waiting = held.get(id)
    if (waiting === undefined) return
    held.delete(id)
    for (const revision of [...waiting.keys()].sort((a, b) => a - b)) {
      const event = waiting.get(revision)
      const verdict = event && deps.judge(streams.get(id), event, 'live')
      if (event === undefined || verdict === undefined || verdict.kind === 'duplicate') continue
      if (verdict.kind === 'next') accept(event, verdict.tracked)
      else keep(id, event)
    }
  }
  const keep = (id: string, event: WireEvent) => {
    held.set(id, (held.get(id) ?? new Map<number, WireEvent>()).set(event.revision, event))
  }
  const accept = (event: WireEvent, tracked: Tracked) => {
    const { id } = event.stream
    const before = streams.get(id)
    streams.set(id, tracked)
    try {
      deps.pass(event, tracked)
    } catch (thrown) {
      // It is still missing: whoever brings it again is not answered that it is known.
      if (before === undefined) streams.delete(id)
      else streams.set(id, before)
      throw thrown
    }
  }

  const offer = (event: WireEvent, source: Source) => {
    const { id } = event.stream
    const before = streams.get(id)
    const verdict = deps.judge(before, event, source)
    if (verdict.kind === 'early') return hold(event)
    if (verdict.kind === 'duplicate') return
    if (verdict.skipped && before !== undefined) deps.onSkipped(id, before.last, event.revision)
    accept(event, verdict.tracked)
    release(id)
  }

  return {
    offer,
    waiting: () => held.size > 0,
    force: () => {
      const all = [...held.values()].flatMap((waiting) => [...waiting.values()])
      held.clear()
      for (const event of all.sort((a, b) => a.revision - b.revision)) offer(event, 'page')
    },
    known: (id) => streams.get(id),
    reset: (fresh) => {
      streams.clear()
      held.clear()
      for (const [id, tracked] of fresh) streams.set(id, tracked)
    },
  }
}
