import { LogError } from '../../../../ports/errors/log-error.ts'
import type { Appended, NewEvent } from '../../../../ports/event-log.ts'
import type { Answer } from './batch.ts'
import { APPENDED, REFUSED, REPEATED } from './batch.ts'

/** One part of a batch that waits for its answer: an append, or a snapshot, which has no events. */
export interface Part {
  readonly stream: string
  readonly events: readonly NewEvent[]
  resolve(appended: Appended): void
  reject(error: Error): void
}

/** Called for each append that stored something, in order, before the promise of any part of the batch resolves. */
export type Stored = (part: Pick<Part, 'stream' | 'events'>, first: First) => void

export interface First {
  readonly revision: number
  readonly position: number
  /** The digest of the log up to the event with this index in the append. */
  readonly digestOf: (index: number) => number
}

/** Hands the writer's answer to the parts of its batch. */
export const settleBatch = (parts: readonly Part[], answer: Answer, stored: Stored): void => {
  let at = 0
  const next = () => answer[at++] ?? 0
  for (const part of parts) {
    const status = next()
    if (status === APPENDED) {
      part.resolve(appended(part, answer, at, stored))
      at += 2 + part.events.length
    } else if (status === REPEATED) part.resolve({ firstRevision: next(), position: BigInt(next()) })
    else if (status === REFUSED) part.reject(wrongRevision(part.stream, next()))
    else part.resolve({ firstRevision: 0, position: 0n })
  }
}

// A promise's continuation runs after the whole loop above, so the order of `resolve` and `stored` within a batch
// does not matter.
const appended = (part: Part, answer: Answer, at: number, stored: Stored): Appended => {
  const [revision = 0, position = 0] = [answer[at], answer[at + 1]]
  stored(part, { revision, position, digestOf: (index) => answer[at + 2 + index] ?? 0 })
  return { firstRevision: revision, position: BigInt(position + part.events.length - 1) }
}

const wrongRevision = (stream: string, actual: number): LogError =>
  new LogError('wrong_expected_revision', `${stream} is at revision ${actual}`, actual)
