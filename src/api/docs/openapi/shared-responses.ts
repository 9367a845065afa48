import { STATUS_CODES } from 'node:http'
import { errorCodes, errorKinds } from '@backscroll/protocol/errors'
import type { JsonObject, Operation } from './document.ts'
import { headersAt } from './headers.ts'

/** 460 is tus's own. */
const reasons: Readonly<Record<number, string | undefined>> = { ...STATUS_CODES, 460: 'Checksum Mismatch' }

/** `NotFound` and the like. */
const nameOf = (status: number): string => (reasons[status] ?? String(status)).replace(/[^A-Za-z]/g, '')

const codesOf = (status: number): string =>
  errorCodes
    .filter((code) => errorKinds[code].status === status)
    .map((code) => `\`${code}\``)
    .join(', ')

const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

const statuses = [...new Set(Object.values(errorKinds).map(({ status }) => status))].sort((a, b) => a - b)

/** What can go wrong in HTTP itself, at any path. */
const anyOther = {
  description:
    'Any other problem: an unsupported method (405), a request that does not arrive in time (408) or is too large (413), an unsupported encoding or media type (415), an unsupported expectation (417).',
  headers: headersAt(405),
  content,
}

/** The refusals that some operation names. */
export const sharedResponses = (used: ReadonlySet<string>): JsonObject => {
  const each = statuses.map((status): [string, JsonObject] => [
    nameOf(status),
    { description: codesOf(status), headers: headersAt(status), content },
  ])
  const all: JsonObject = { ...Object.fromEntries(each), AnyOther: anyOther }
  return Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)))
}

export const responsePrefix = '#/components/responses/'

const isProblem = (status: string): boolean => Number(status) >= 400

/** Besides what its route says: what every request with a body may get. */
const ofBodies = ({ requestBody }: Operation): readonly number[] => (requestBody === undefined ? [] : [413, 415])

/** A route without a token refuses nobody for it. */
const applies = ({ security }: Operation, status: string): boolean => status !== '401' || security?.length !== 0

/** The operation with its refusals as references. */
export const shareResponses = (operation: Operation): Operation => {
  const { responses } = operation
  const own = Object.entries(responses).filter(([status]) => !isProblem(status) && status !== 'default')
  const named = ['405', ...Object.keys(responses)].filter((status) => isProblem(status) && applies(operation, status))
  const problems = [...new Set([...named.map(Number), ...ofBodies(operation)])].sort((a, b) => a - b)
  return {
    ...operation,
    responses: {
      ...Object.fromEntries(own),
      ...Object.fromEntries(problems.map((status) => [String(status), { $ref: `${responsePrefix}${nameOf(status)}` }])),
      default: { $ref: `${responsePrefix}AnyOther` },
    },
  }
}
