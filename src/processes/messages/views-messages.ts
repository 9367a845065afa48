import { z } from 'zod'
import type { ViewsAnswer, ViewsAsk } from '../../projections/views-control.ts'

/** One question to all projectors. */
export interface AskedViews {
  readonly id: string
  /** The process that waits for the answers. */
  readonly replyTo: string
  readonly asked: ViewsAsk
}

/** One process's answer for the partitions that it holds. */
export interface AnsweredViews {
  readonly id: string
  readonly answers: readonly { readonly partition: number; readonly answer: ViewsAnswer }[]
}

const asked = z.object({
  id: z.string(),
  replyTo: z.string(),
  asked: z.discriminatedUnion('ask', [
    z.object({ ask: z.literal('report') }),
    z.object({ ask: z.literal('rebuild'), views: z.array(z.string()) }),
    z.object({ ask: z.literal('retry'), stream: z.string() }),
  ]),
})

const position = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt)
const report = z.object({
  head: z.array(position),
  views: z.array(z.object({ view: z.string(), generation: z.string(), position: z.array(position) })),
  rebuilding: z.array(z.string()),
  parked: z.array(z.object({ stream: z.string(), revision: z.int(), position, error: z.string() })),
  parkedCount: z.int(),
})
const answer = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('report'), report }),
  z.object({ ask: z.literal('rebuild'), outcome: z.enum(['begun', 'busy', 'unknown']) }),
  z.object({ ask: z.literal('retry'), outcome: z.enum(['resumed', 'parked', 'unknown']) }),
  z.object({ ask: z.literal('failed'), error: z.string() }),
])
const answered = z.object({
  id: z.string(),
  answers: z.array(z.object({ partition: z.int().nonnegative(), answer })),
})

const encode = (value: AskedViews | AnsweredViews): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one))

export const encodeAskedViews: (asked: AskedViews) => string = encode
export const encodeAnsweredViews: (answered: AnsweredViews) => string = encode

/** Both throw for anything that is not a message of this kind. */
export const decodeAskedViews = (text: string): AskedViews => asked.parse(JSON.parse(text))
export const decodeAnsweredViews = (text: string): AnsweredViews => answered.parse(JSON.parse(text))
