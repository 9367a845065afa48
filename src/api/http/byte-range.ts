/** The bytes from `from` up to, but not including, `to`. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

const single = /^bytes=(\d{0,15})-(\d{0,15})$/

/**
 * Parses a `Range` header with a single range (RFC 9110, 14.2). Undefined means the whole file; it is also the
 * answer to malformed headers and to several ranges. `beyond`: the file has no such bytes.
 */
export const rangeOf = (header: string | undefined, size: number): ByteRange | 'beyond' | undefined => {
  const [, first = '', last = ''] = single.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return Number(last) === 0 ? 'beyond' : { from: Math.max(0, size - Number(last)), to: size }
  if (last !== '' && Number(last) < Number(first)) return undefined
  if (Number(first) >= size) return 'beyond'
  return { from: Number(first), to: last === '' ? size : Math.min(size, Number(last) + 1) }
}
