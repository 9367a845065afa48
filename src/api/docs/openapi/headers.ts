import type { JsonObject, Operation } from './document.ts'

const text = { type: 'string' }
const seconds = { type: 'integer', minimum: 0 }

/** Headers of answers that a client may want to read. */
export const headers = {
  'X-Request-Id': { description: 'Identifies the request in the log of the server.', schema: text },
  'Backscroll-Position': {
    description:
      'The position that the views had reached: one for each event log of the server, separated by commas [R2].',
    schema: { ...text, examples: ['1042'] },
  },
  'RateLimit-Limit': { description: 'How many requests you may make in a minute.', schema: seconds },
  'RateLimit-Remaining': { description: 'How many of them are left.', schema: seconds },
  'RateLimit-Reset': { description: 'Seconds until the limit is reset.', schema: seconds },
  'Retry-After': { description: 'Seconds to wait before you send the same request again.', schema: seconds },
  'WWW-Authenticate': { description: 'How to authenticate.', schema: text },
  'DPoP-Nonce': { description: 'The nonce that the next proof must contain [T8].', schema: text },
  ETag: { description: 'Names these bytes, for `If-None-Match`.', schema: text },
  Allow: { description: 'The methods that this path supports.', schema: text },
} as const

type Name = keyof typeof headers

const references = (names: readonly Name[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const ofStatus: Readonly<Record<number, readonly Name[]>> = {
  401: ['WWW-Authenticate', 'DPoP-Nonce'],
  405: ['Allow'],
  429: ['Retry-After', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
  503: ['Retry-After'],
}

export const headersAt = (status: number): JsonObject => references(['X-Request-Id', ...(ofStatus[status] ?? [])])

const readsViews = ({ operationId, parameters = [] }: Operation): boolean =>
  operationId === 'sync' || parameters.some(({ name }) => name === 'atLeast')

const isRated = ({ tags = [] }: Operation): boolean => !tags.includes('operations')

/** Answers without a body have only a description, but the generator needs a content type for each. */
const withoutBody: readonly string[] = ['201', '204', '307']

/** Answers other than 200 and problems. */
const withNames = (responses: Operation['responses'], names: readonly Name[]): Operation['responses'] =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      if (!/^[23]/.test(status)) return [status, response]
      const { content, ...rest } = response
      return [status, { ...rest, ...(!withoutBody.includes(status) && { content }), headers: references(names) }]
    }),
  )

/** The operation with the headers of its answer. */
export const withHeaders = (operation: Operation): Operation => {
  const names: readonly Name[] = [
    'X-Request-Id',
    ...(isRated(operation) ? (['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const) : []),
    ...(operation.responses[304] === undefined ? [] : (['ETag'] as const)),
    ...(readsViews(operation) ? (['Backscroll-Position'] as const) : []),
  ]
  const { 200: ok, 304: notModified, ...others } = operation.responses
  const answer = ok && { 200: { ...ok, description: 'Done', headers: references(names) } }
  const unchanged = notModified && {
    304: { description: notModified.description, headers: references(['X-Request-Id', 'ETag']) },
  }
  return { ...operation, responses: { ...answer, ...unchanged, ...withNames(others, names) } }
}
