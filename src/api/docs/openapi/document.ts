/** An OpenAPI document as this code changes it. Fields that are not named are passed on unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export interface Parameter extends JsonObject {
  readonly name: string
}

export interface Operation extends JsonObject {
  readonly operationId?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: JsonObject
  readonly security?: readonly JsonObject[]
  readonly responses: Readonly<Record<string, JsonObject>>
}

/** By path, then by method. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

export const mapOperations = (paths: Paths, change: (operation: Operation, path: string) => Operation): Paths =>
  Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, change(operation, path)])),
    ]),
  )

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every reference anywhere in the value. */
export const referencesIn = (value: Json | undefined): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isObject(value)) return []
  const own = typeof value.$ref === 'string' ? [value.$ref] : []
  return [...own, ...Object.values(value).flatMap(referencesIn)]
}

/** The same with other references. */
export const withReferences = (value: Json, change: (reference: string) => string): Json => {
  if (Array.isArray(value)) return value.map((one) => withReferences(one, change))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === '$ref' && typeof one === 'string' ? change(one) : withReferences(one ?? null, change),
    ]),
  )
}
