/** The users and groups that may do something with a stream, by name. */
export type AclEntry = readonly string[]

/** What a stream's `$metadata` says, as far as the double follows it. */
export interface StreamMetadata {
  /** The revision of the first event that reads of the stream show. */
  readonly truncateBefore: number
  readonly isDeleted: boolean
  readonly maxCount: number
  /** Seconds. */
  readonly maxAge: number
  readonly acl: ReadonlyMap<string, AclEntry>
}

/** The server's sign of a stream that was deleted and may begin again: beyond all revisions. */
export const deletedForNow = '9223372036854775807'

export const noMetadata: StreamMetadata = {
  truncateBefore: 0,
  isDeleted: false,
  maxCount: Number.POSITIVE_INFINITY,
  maxAge: Number.POSITIVE_INFINITY,
  acl: new Map(),
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const numberIn = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise)

const aclIn = (value: unknown): ReadonlyMap<string, AclEntry> =>
  new Map(isObject(value) ? Object.entries(value).map(([right, names]) => [right, [names].flat().map(String)]) : [])

export const readMetadata = (data: Uint8Array): StreamMetadata => {
  const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'))
  if (!isObject(value)) return noMetadata
  const before = numberIn(value.$tb, 0)
  const isDeleted = before >= Number(deletedForNow)
  return {
    truncateBefore: isDeleted ? 0 : before,
    isDeleted,
    maxCount: numberIn(value.$maxCount, noMetadata.maxCount),
    maxAge: numberIn(value.$maxAge, noMetadata.maxAge),
    acl: aclIn(value.$acl),
  }
}
