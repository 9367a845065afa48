/** Bytes from `from` to before `to`. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

const single = /^bytes=(\d{0,15})-(\d{0,15})$/

/**
 * The one range that a header `Range` asks for (RFC 9110, 14.2). Undefined: the whole, also for what is no range of bytes, or
 * several. `beyond`: the file has no such bytes.
 */
export const rangeOf = (header: string | undefined, size: number): ByteRange | 'beyond' | undefined => {
  const [, first = '', last = ''] = single.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return Number(last) === 0 ? 'beyond' : { from: Math.max(0, size - Number(last)), to: size }
  if (last !== '' && Number(last) < Number(first)) return undefined
  if (Number(first) >= size) return 'beyond'
  return { from: Number(first), to: last === '' ? size : Math.min(size, Number(last) + 1) }
}
