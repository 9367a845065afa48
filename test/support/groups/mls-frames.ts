import { encodeCommitStatement, type RoleChange } from '@backscroll/protocol/commit-statement'
import { encodeDeviceCredential } from '@backscroll/protocol/device-credential'

/**
 * MLS messages that are valid as far as a server can tell and mean nothing beyond: the right structure, group, epoch and devices, random bytes
 * in place of all cryptography. For tests of the server, which knows no secret either.
 */
export interface DeviceName {
  readonly userId: string
  readonly deviceId: string
}

export const device = (userId: string, deviceId = 'phone'): DeviceName => ({ userId, deviceId })

const bytesOf = (...parts: readonly (number | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)))

const uint = (bytes: number, value: number): Uint8Array => {
  const buffer = Buffer.alloc(bytes)
  if (bytes === 8) buffer.writeBigUInt64BE(BigInt(value))
  else buffer.writeUIntBE(value, 0, bytes)
  return buffer
}

const length = (size: number): Uint8Array => {
  if (size < 64) return uint(1, size)
  return size < 0x4000 ? uint(2, size | 0x4000) : uint(4, size + 0x80000000)
}

/** A vector with its length before it (RFC 9420, 2.1.2). */
export const vector = (...parts: readonly (number | Uint8Array)[]): Uint8Array => {
  const content = bytesOf(...parts)
  return bytesOf(length(content.length), content)
}

const random = (size: number): Uint8Array => crypto.getRandomValues(new Uint8Array(size))
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const message = (format: number, ...parts: readonly (number | Uint8Array)[]): string =>
  base64(bytesOf(uint(2, 1), uint(2, format), ...parts))

export const groupIdOf = (conversationId: string, generation = 0): string =>
  generation === 0 ? conversationId : `${conversationId}/${generation}`

const identityOf = (named: DeviceName): Uint8Array =>
  encodeDeviceCredential({ ...named, identityKey: base64(new Uint8Array(32)), certificate: base64(new Uint8Array(64)) })

type Source = 'key_package' | 'commit'
const sourceOf = (source: Source): Uint8Array =>
  source === 'key_package' ? bytesOf(1, uint(8, 0), uint(8, 4_000_000_000)) : bytesOf(3, vector(random(32)))

const leafNode = (named: DeviceName, source: Source): Uint8Array => {
  const capabilities = bytesOf(vector(uint(2, 1)), vector(uint(2, 1)), vector(), vector(), vector(uint(2, 1)))
  const credential = bytesOf(uint(2, 1), vector(identityOf(named)))
  const keys = bytesOf(vector(random(32)), vector(random(32)))
  return bytesOf(keys, credential, capabilities, sourceOf(source), vector(), vector(random(64)))
}

const keyPackage = (named: DeviceName): Uint8Array =>
  bytesOf(uint(2, 1), uint(2, 1), vector(random(32)), leafNode(named, 'key_package'), vector(), vector(random(64)))

export interface Place {
  readonly conversationId: string
  readonly generation?: number
  readonly epoch: number
}

const placeOf = ({ conversationId, generation, epoch }: Place): Uint8Array =>
  bytesOf(vector(text(groupIdOf(conversationId, generation))), uint(8, epoch))

/** A message, base64, that hides `content` from nobody: for tests only. */
export const privateMessageFrame = (place: Place, content = ''): string =>
  message(2, placeOf(place), 1, vector(), vector(random(28)), vector(random(16), text(content)))

/** Bytes of a vector's length, and the length. */
const lengthAt = (bytes: Buffer, at: number): readonly [number, number] => {
  const size = 1 << ((bytes[at] ?? 0) >> 6)
  return [size, bytes.readUIntBE(at, size) % 2 ** (8 * size - 2)]
}

/** The content of a `privateMessageFrame`. */
export const contentOfFrame = (frame: string): string => {
  const bytes = Buffer.from(frame, 'base64')
  const skip = (at: number): number => {
    const [size, length] = lengthAt(bytes, at)
    return at + size + length
  }
  // Version and format; group id and epoch, content type, authenticated data, sender data, then 16 random bytes and the content.
  const ciphertext = skip(skip(skip(4) + 8 + 1))
  return bytes.subarray(ciphertext + lengthAt(bytes, ciphertext)[0] + 16).toString()
}

/** A message in the open, as MLS knows it: signed by leaf 0, hidden from nobody. */
export const publicMessageFrame = (place: Place, content: string): string => {
  const body = bytesOf(placeOf(place), 1, uint(4, 0), vector(), 1, vector(text(content)))
  return message(1, body, vector(random(64)), vector(random(32)))
}

export const groupInfoFrame = (place: Place): string => {
  const context = bytesOf(uint(2, 1), uint(2, 1), placeOf(place), vector(random(32)), vector(random(32)), vector())
  return message(4, context, vector(), vector(random(32)), uint(4, 0), vector(random(64)))
}

export const welcomeFrame = (addressees: number): string => {
  const secret = (): Uint8Array => bytesOf(vector(random(32)), vector(random(32)), vector(random(80)))
  const secrets = Array.from({ length: addressees }, secret)
  return message(3, uint(2, 1), vector(...secrets), vector(random(200)))
}

export interface CommitFrame extends Place {
  /** Leaf of the committer; `external` joins from outside. */
  readonly sender: number | 'external'
  readonly adds?: readonly DeviceName[]
  readonly removes?: readonly number[]
  /** The member whose leaf the path renews. By default a commit without additions renews the leaf of `by`. */
  readonly path?: DeviceName | undefined
  /** More proposals, encoded. */
  readonly more?: readonly Uint8Array[]
  /** The users that it lets in, by its authenticated data. */
  readonly addUsers?: readonly string[]
  readonly role?: RoleChange | undefined
  /** Bytes of signature, to make a commit large. */
  readonly padding?: number
  /** Instead of the statement. */
  readonly authenticated?: Uint8Array
}

const proposal = (type: number, ...parts: readonly (number | Uint8Array)[]): Uint8Array =>
  bytesOf(1, uint(2, type), ...parts)

const pathOf = (path: DeviceName | undefined): Uint8Array =>
  path === undefined ? bytesOf(0) : bytesOf(1, leafNode(path, 'commit'), vector())

export const commitFrame = (commit: CommitFrame): string => {
  const { sender, adds = [], removes = [], more = [], addUsers = [], padding = 0, path } = commit
  const { authenticated = encodeCommitStatement({ addUsers, role: commit.role }) } = commit
  const external = sender === 'external'
  const proposals = [
    ...(external ? [proposal(6, vector(random(32)))] : []),
    ...removes.map((leaf) => proposal(3, uint(4, leaf))),
    ...adds.map((named) => proposal(1, keyPackage(named))),
    ...more,
  ]
  const from = external ? bytesOf(4) : bytesOf(1, uint(4, sender))
  const content = bytesOf(placeOf(commit), from, vector(authenticated), 3, vector(...proposals), pathOf(path))
  const signature = vector(random(64), new Uint8Array(padding))
  const authentication = bytesOf(signature, vector(random(32)), external ? bytesOf() : vector(random(32)))
  return message(1, content, authentication)
}
