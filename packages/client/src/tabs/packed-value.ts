import { BackscrollError, shownError } from '../errors/backscroll-error.ts'

type Path = readonly (string | number)[]

/**
 * Describes a value that the structured clone algorithm would lose. Marks are kept apart from the value, so that no
 * message content can imitate one.
 */
type Mark =
  | { readonly kind: 'error'; readonly path: Path; readonly fields: ErrorFields }
  | { readonly kind: 'function' | 'iterator'; readonly path: Path; readonly handle: number }

type ErrorFields = Pick<BackscrollError, 'code' | 'message' | 'temporary' | 'retryAfterMs' | 'details'> & {
  readonly cause?: ErrorFields
}

/** A value in transit to another tab. */
export interface Packed {
  readonly value: unknown
  readonly marks: readonly Mark[]
}

export type Callable = (...args: readonly unknown[]) => unknown

/** Registers a function or iterator that only this tab can run. Returns its handle. */
export type Lend = (kind: 'function' | 'iterator', target: Callable | AsyncIterable<unknown>) => number
/** Returns a proxy for a function or iterator of the other tab. */
export type Borrow = (kind: 'function' | 'iterator', handle: number) => unknown

const causes = 3

const fieldsOf = (error: BackscrollError, depth = 0): ErrorFields => {
  const { code, message, temporary, retryAfterMs, details, cause } = error
  const below = cause instanceof Error && depth < causes && { cause: fieldsOf(shownError(cause), depth + 1) }
  return { code, message, temporary, retryAfterMs, details, ...below }
}

const errorFrom = ({ code, cause, ...facts }: ErrorFields): BackscrollError =>
  new BackscrollError(code, { ...facts, cause: cause && errorFrom(cause) })

const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value))

const isIterable = (value: object): value is AsyncIterable<unknown> =>
  Symbol.asyncIterator in value || (Symbol.iterator in value && 'next' in value)

/** The deepest nesting of a value. No real value comes close, and an unbounded walk would overflow the stack. */
const deepest = 200

/** Packs a value. `lend`: allows functions and iterators. Throws `invalid` for what cannot be sent. */
export const pack = (given: unknown, lend?: Lend): Packed => {
  const marks: Mark[] = []
  const lent = (kind: 'function' | 'iterator', path: Path, target: Callable | AsyncIterable<unknown>) => {
    if (lend === undefined) throw new BackscrollError('invalid', { message: 'A function cannot go to another tab' })
    marks.push({ kind, path, handle: lend(kind, target) })
  }
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'function') return lent('function', path, value as Callable)
    if (typeof value !== 'object' || value === null) return value
    if (path.length > deepest) throw new BackscrollError('invalid', { message: 'A value is nested too deep' })
    if (value instanceof Error) {
      marks.push({ kind: 'error', path, fields: fieldsOf(shownError(value)) })
      return undefined
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]))
    if (isIterable(value)) return lent('iterator', path, value)
    if (!isPlain(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]))
  }
  return { value: walk(given, []), marks }
}

const refused: Borrow = () => {
  throw new BackscrollError('internal')
}

const openMark = (mark: Mark, borrow: Borrow): unknown => {
  if (mark.kind === 'error') return errorFrom(mark.fields)
  return borrow(mark.kind, mark.handle)
}

const placeAt = (root: { value: unknown }, path: Path, value: unknown): void => {
  let holder = root as Record<string | number, unknown>
  const [last, ...way] = ['value', ...path].toReversed()
  for (const step of way.toReversed()) holder = holder[step] as Record<string | number, unknown>
  if (last !== undefined) holder[last] = value
}

export const unpack = ({ value, marks }: Packed, borrow: Borrow = refused): unknown => {
  const root = { value }
  for (const mark of marks) placeAt(root, mark.path, openMark(mark, borrow))
  return root.value
}
