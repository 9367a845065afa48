const readJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

/**
 * Reads JSON of which only one form is accepted: undefined for bytes that differ from what `encode` makes of their
 * content.
 */
export const readCanonical = <Value>(
  bytes: Uint8Array,
  parse: (json: unknown) => Value | undefined,
  encode: (value: Value) => Uint8Array,
): Value | undefined => {
  const value = parse(readJson(bytes))
  return value !== undefined && sameBytes(encode(value), bytes) ? value : undefined
}
