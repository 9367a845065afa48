import { z } from 'zod'
import type { RecordedEvent } from '../ports/event-log.ts'

/** A recorded event as JSON can hold it: the position is decimal text. */
export interface PlainEvent extends Omit<RecordedEvent, 'position'> {
  readonly position: string
}

export const toPlainEvent = (event: RecordedEvent): PlainEvent => ({ ...event, position: String(event.position) })

export const fromPlainEvent = (plain: PlainEvent): RecordedEvent => ({ ...plain, position: BigInt(plain.position) })

const schema = z.object({
  stream: z.string().min(1),
  revision: z.int().nonnegative(),
  position: z.string().regex(/^\d{1,20}$/),
  id: z.string(),
  type: z.string(),
  version: z.int(),
  at: z.number(),
  userId: z.string(),
  deviceId: z.string(),
  target: z.int().nonnegative().exactOptional(),
  body: z.string().nullable(),
  data: z.unknown(),
})

/** The object that `data` stands for, if its text can be restored from it exactly; otherwise the text. */
const readable = (data: string): unknown => {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null && JSON.stringify(value) === data ? value : data
  } catch {
    return data
  }
}

/**
 * One recorded event as a JSON text that other programs can read too: `data` is an object in it, if that loses
 * nothing. What the log holds is restored exactly, even where its `data` is not JSON.
 */
export const encodeRecordedEvent = (event: RecordedEvent): string =>
  JSON.stringify({ ...toPlainEvent(event), data: readable(event.data) })

/** Throws for anything that is not such a text. */
export const decodeRecordedEvent = (text: string): RecordedEvent => {
  const { data, ...columns } = schema.parse(JSON.parse(text))
  if (data === undefined) throw new SyntaxError('a recorded event has data')
  return fromPlainEvent({ ...columns, data: typeof data === 'string' ? data : JSON.stringify(data) })
}
