/** What a schema found wrong first. */
export interface FieldIssue {
  readonly path: readonly string[]
  /** The name of a field that the schema does not know; '' where it is not repeated. */
  readonly unknown?: string | undefined
  readonly reason: string
}

export interface InvalidField {
  readonly field: string
  readonly reason: string
}

const longestReason = 200

/** A field's name from a client is repeated only if it is harmless. */
const nameable = (name: string): string => (/^[A-Za-z0-9_.-]{1,64}$/.test(name) ? name : '?')

/**
 * The `field` and the `reason` of an `invalid`, the same at every door: names and places joined by dots, as in
 * `members.0`. Never the value that came.
 */
export const invalidField = ({ path, unknown, reason }: FieldIssue): InvalidField => {
  const name = [...path, ...(unknown ? [unknown] : [])].join('.')
  const field = name === '' ? '(the whole)' : nameable(name)
  if (unknown === '') return { field, reason: 'has a field that is not known here' }
  return { field, reason: unknown === undefined ? reason.slice(0, longestReason) : 'is not a known field' }
}
