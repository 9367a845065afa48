import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

/** An answer of a route, as it was given. */
export interface GivenAnswer {
  readonly method: string
  /** The route's pattern, as OpenAPI writes it: `/users/{userId}`. */
  readonly path: string
  readonly status: number
  /** The media type without parameters; undefined for an answer without a body. */
  readonly type: string | undefined
  /** Undefined where there is none, or it is not JSON. */
  readonly body: unknown
}

// biome-ignore lint/suspicious/noExplicitAny: a document is looked through, whatever it holds.
type Json = any

/** What HTTP itself goes wrong with stands under `default`, for every route. */
const byDefault: ReadonlySet<number> = new Set([405, 408, 413, 415, 417])

/** Clients ignore fields that they do not know; here each field that an answer has must be in the document. */
const closed = (schema: Json): Json => {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  const isOpen = typeof schema.properties === 'object' && schema.additionalProperties === undefined
  return isOpen ? { ...inner, additionalProperties: false } : inner
}

const isJson = (type: string | undefined): boolean => type !== undefined && /^application\/(.+\+)?json$/.test(type)
const inPointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** Tells why an answer is not in the OpenAPI document; undefined for one that is. */
export const createAnswerCheck = (document: Json) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false })
  ajv.addSchema(closed(document), 'api')
  const compiled = new Map<string, ValidateFunction>()

  const responseAt = (pointer: readonly string[]): { readonly response: Json; readonly pointer: readonly string[] } => {
    const response = pointer.reduce((at: Json, key) => at?.[key], document)
    if (response?.$ref === undefined) return { response, pointer }
    return responseAt(response.$ref.slice(2).split('/'))
  }
  const validatorOf = (pointer: readonly string[]): ValidateFunction => {
    const $ref = `api#/${pointer.map(inPointer).map(encodeURIComponent).join('/')}`
    const validator = compiled.get($ref) ?? ajv.compile({ $ref })
    compiled.set($ref, validator)
    return validator
  }
  const checkBody = (pointer: readonly string[], body: unknown): string | undefined => {
    const validate = validatorOf(pointer)
    if (validate(body)) return undefined
    return `its body is not as described: ${ajv.errorsText(validate.errors)} ${JSON.stringify(validate.errors?.[0]?.params)}`
  }

  return ({ method, path, status, type, body }: GivenAnswer): string | undefined => {
    const operation = document.paths?.[path]?.[method.toLowerCase()]
    if (operation === undefined) return 'the route is not in the document'
    const key = operation.responses[status] === undefined && byDefault.has(status) ? 'default' : String(status)
    const { response, pointer } = responseAt(['paths', path, method.toLowerCase(), 'responses', key])
    if (response === undefined) return 'the status is not in the document'
    if (type === undefined) return response.content === undefined || method === 'HEAD' ? undefined : 'it has no body'
    if (response.content?.[type] === undefined) return `the type ${type} is not in the document`
    return isJson(type) && body !== undefined ? checkBody([...pointer, 'content', type, 'schema'], body) : undefined
  }
}

export type AnswerCheck = ReturnType<typeof createAnswerCheck>
