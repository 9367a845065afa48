import type { z } from 'zod'
import { errorCodes, errorKinds } from '../protocol/errors.ts'
import { problem } from './problem.ts'

/** Refusals that every route that needs a token can give. */
const always = [400, 401, 429, 500, 503] as const

const codesOf = (status: number): string => errorCodes.filter((code) => errorKinds[code].status === status).join(', ')

const problemAt = (status: number) => ({
  description: codesOf(status),
  content: { 'application/problem+json': { schema: problem } },
})

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value

/** A handler may return what it must not change: queries answer with read-only values. */
interface Responses<Ok extends z.ZodType> {
  readonly 200: z.ZodType<DeepReadonly<z.output<Ok>>>
}

/** The answers of a route for OpenAPI: `ok` with 200, and problems. */
export const responses = <Ok extends z.ZodType>(ok: Ok, ...statuses: readonly number[]) =>
  ({
    200: ok,
    ...Object.fromEntries([...always, ...statuses].map((status) => [status, problemAt(status)])),
  }) as Responses<Ok>
