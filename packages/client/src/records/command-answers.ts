import { sendResult } from '@backscroll/protocol/server-frames'
import { z } from 'zod'
import { type Accepted, type Failure, type OutboxEntry, outboxEntry, personOutcome } from '../commands/outbox-entry.ts'
import type { StoreChange } from '../stores/client-store.ts'

const accepted = sendResult
  .omit({ messageId: true, seq: true })
  .extend({ seq: z.int().exactOptional(), users: z.record(z.string(), personOutcome).exactOptional() })
const answer = z.object({
  result: accepted.optional(),
  failure: outboxEntry.shape.failed,
  keptAt: z.int(),
})

/** What became of a command; one of both. */
export interface CommandAnswer {
  readonly result?: Accepted | undefined
  readonly failure?: Failure | undefined
}

/** What became of commands whose callers may ask again. */
export interface CommandAnswers {
  of(messageId: string): CommandAnswer | undefined
  /** What to store along with the end of an entry: nothing unless somebody may ask again. */
  keep(entry: OutboxEntry, answer: CommandAnswer): () => readonly StoreChange[]
  /** The caller has it. */
  forget(messageIds: readonly string[]): readonly StoreChange[]
}

const prefix = 'answer/'
/** A caller that is frozen for longer than that is told nothing. */
const keptMs = 30 * 24 * 3_600_000

const load = (stored: ReadonlyMap<string, unknown>, now: number): Map<string, CommandAnswer> => {
  const found = [...stored].filter(([key]) => key.startsWith(prefix))
  const read = found.map(([key, value]) => [key.slice(prefix.length), answer.parse(value)] as const)
  return new Map(read.filter(([, { keptAt }]) => keptAt > now - keptMs))
}

export const loadCommandAnswers = (stored: ReadonlyMap<string, unknown>, now: () => number): CommandAnswers => {
  const known: Map<string, CommandAnswer> = load(stored, now())
  return {
    of: (id) => known.get(id),
    keep: (entry, given) => {
      if (entry.asked === undefined) return () => []
      const { messageId } = entry
      known.set(messageId, given)
      return () => (known.has(messageId) ? [{ key: prefix + messageId, value: { ...given, keptAt: now() } }] : [])
    },
    forget: (ids) => {
      for (const id of ids) known.delete(id)
      return ids.map((id) => ({ key: prefix + id, value: undefined }))
    },
  }
}
