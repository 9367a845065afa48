import { problem } from '@backscroll/protocol/rest/problem'
import type { DeepReadonly } from '@backscroll/protocol/rest/readonly-body'
import { z } from 'zod'

/**
 * Refusals that every route with a token can give: even one that only reads may have to store a user who comes for
 * the first time (507). The body decides about those for bodies.
 */
export const always = [400, 401, 429, 500, 503, 507] as const

/** Additional refusals of a command to a conversation. */
export const ofCommands = [403, 404, 409, 410] as const

const refusal = { description: 'A problem', content: { 'application/problem+json': { schema: problem } } }

/** A handler may return what it must not change: queries answer with read-only values. */
interface Responses<Ok extends z.ZodType> {
  readonly 200: z.ZodType<DeepReadonly<z.output<Ok>>>
}

/** Only problems. */
export const refusals = (statuses: readonly number[]) => Object.fromEntries(statuses.map((status) => [status, refusal]))

/** The answers of a route for OpenAPI: `ok` with 200, and problems. */
export const responses = <Ok extends z.ZodType>(ok: Ok, ...statuses: readonly number[]) =>
  ({ 200: ok, ...refusals([...always, ...statuses]) }) as Responses<Ok>

/** The responses of a route that answers with something other than JSON. */
export const responsesOf = (type: string, ...statuses: readonly number[]): Readonly<Record<number, object>> => {
  const schema = type.startsWith('text/') ? z.string() : z.unknown().meta({ type: 'string', format: 'binary' })
  return { 200: { description: 'Done', content: { [type]: { schema } } }, ...refusals(statuses) }
}

/** A body that the route reads as a stream. */
export const bytesBody = z.unknown().meta({ type: 'string', format: 'binary' })

/** An answer without a body. The generator needs the content type, and the document omits it. */
export const bodiless = (status: number, description: string): Readonly<Record<number, object>> => ({
  [status]: { description, content: { 'application/octet-stream': { schema: z.undefined() } } },
})

/**
 * The answer to a request with `If-None-Match`. It has no body: the type is there for the tool, and left out of the
 * document.
 */
export const notModified = (description: string): object => ({
  description,
  content: { 'application/octet-stream': { schema: z.undefined() } },
})
