import type { ByteReader } from './byte-reader.ts'

/** What a device states about itself in a tree (RFC 9420, 7.2). */
export interface LeafNode {
  readonly source: 'key_package' | 'update' | 'commit'
  readonly signatureKey: Uint8Array
  /** The identity of the basic credential, the only kind that is read. */
  readonly identity: Uint8Array
  /** Seconds since the Unix epoch, both ends inclusive; only with source `key_package`. */
  readonly lifetime: { readonly notBefore: bigint; readonly notAfter: bigint } | undefined
  /** The part that `signature` signs and that the leaf itself holds: all of it with source `key_package`. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

const basicCredential = 1
const sources = { 1: 'key_package', 2: 'update', 3: 'commit' } as const

const readIdentity = (reader: ByteReader): Uint8Array => {
  if (reader.u16() !== basicCredential) reader.fail()
  return reader.vector()
}

/** Versions, cipher suites, extensions, proposals, credentials: five vectors. */
const skipCapabilities = (reader: ByteReader): void => {
  for (let left = 5; left > 0; left -= 1) reader.vector()
}

const readSource = (reader: ByteReader): Pick<LeafNode, 'source' | 'lifetime'> => {
  const code = reader.u8()
  const source = code === 1 || code === 2 || code === 3 ? sources[code] : undefined
  if (source === 'key_package') return { source, lifetime: { notBefore: reader.u64(), notAfter: reader.u64() } }
  if (source === 'commit') reader.vector()
  if (source === undefined) reader.fail()
  return { source: source ?? 'update', lifetime: undefined }
}

/** Reads a LeafNode. Fails the reader if it is none. */
export const readLeafNode = (reader: ByteReader): LeafNode => {
  const start = reader.offset
  reader.vector()
  const signatureKey = reader.vector()
  const identity = readIdentity(reader)
  skipCapabilities(reader)
  const source = readSource(reader)
  reader.vector()
  const signedBytes = reader.since(start)
  return { ...source, signatureKey, identity, signedBytes, signature: reader.vector() }
}
