import type { z } from 'zod'

/**
 * The records of one kind, by what follows the prefix of their keys. They are caches, which the server can fill again:
 * one that does not match its schema is passed over, so that no single record keeps the store shut.
 */
export function* cachedRecords<Value>(
  stored: ReadonlyMap<string, unknown>,
  prefix: string,
  schema: z.ZodType<Value>,
): Generator<readonly [rest: string, value: Value], undefined> {
  for (const [key, value] of stored) {
    const parsed = key.startsWith(prefix) ? schema.safeParse(value) : undefined
    if (parsed?.success) yield [key.slice(prefix.length), parsed.data]
  }
}
