import { type ErrorCode, type ErrorDetails, ProtocolError } from '@backscroll/protocol/errors'
import { invalidField } from '../../edge/invalid-field.ts'
import { protocolErrorOf } from '../../edge/protocol-error.ts'

/** What fastify itself refuses, in the protocol's words. */
const byFastifyCode: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed',
  FST_ERR_CTP_INVALID_TYPE: 'malformed',
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_ERR_BAD_URL: 'not_found',
}

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'malformed',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'unavailable',
}

interface Issue {
  readonly instancePath: string
  readonly message: string
  readonly params: Readonly<Record<string, unknown>>
}

const isIssue = (value: unknown): value is Issue =>
  typeof value === 'object' && value !== null && 'instancePath' in value && 'message' in value && 'params' in value

/** Of a field that the schema does not know, its name; not from an address, where a misplaced secret may be a name. */
const unknownIn = ({ params }: Issue, context: unknown): string | undefined => {
  if (!Array.isArray(params.keys)) return undefined
  return context === 'body' ? String(params.keys[0]) : ''
}

const validationDetails = (issues: readonly unknown[], context: unknown): ErrorDetails => {
  const first = issues.find(isIssue)
  if (first === undefined) return {}
  const path = first.instancePath.split('/').filter((name) => name !== '')
  return { in: String(context), ...invalidField({ path, unknown: unknownIn(first, context), reason: first.message }) }
}

const validationError = (error: object): ProtocolError | undefined => {
  const issues = 'validation' in error ? error.validation : undefined
  if (!Array.isArray(issues)) return undefined
  const context = 'validationContext' in error ? error.validationContext : 'request'
  return new ProtocolError('invalid', undefined, { details: validationDetails(issues, context) })
}

const fastifyError = (error: object): ProtocolError | undefined => {
  const code = 'code' in error && typeof error.code === 'string' ? byFastifyCode[error.code] : undefined
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? byStatus[error.statusCode] : undefined
  const found = code ?? status
  return found === undefined ? undefined : new ProtocolError(found)
}

/** Undefined for an unexpected error: the caller logs it and answers `internal`. */
export const toProtocolError = (error: unknown): ProtocolError | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  return protocolErrorOf(error) ?? validationError(error) ?? fastifyError(error)
}
