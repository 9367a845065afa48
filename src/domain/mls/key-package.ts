import { type ByteReader, createByteReader } from './byte-reader.ts'
import { type LeafNode, readLeafNode } from './leaf-node.ts'
import { readCipherSuite, readHead, wireFormats } from './wire-format.ts'

/** What a device publishes so that it can be added to a group while it is away (RFC 9420, 10). */
export interface KeyPackage {
  readonly leaf: LeafNode
  readonly initKey: Uint8Array
  /** The bytes that `signature` signs. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
  /** The bytes as they occur in an Add, or after the head of an MLSMessage. */
  readonly bytes: Uint8Array
}

const mls10 = 1

/** Reads a KeyPackage of our cipher suite. Fails the reader if it is none. */
export const readKeyPackage = (reader: ByteReader): KeyPackage => {
  const start = reader.offset
  if (reader.u16() !== mls10) reader.fail()
  readCipherSuite(reader)
  const initKey = reader.vector()
  const leaf = readLeafNode(reader)
  if (leaf.source !== 'key_package') reader.fail()
  reader.vector()
  const signedBytes = reader.since(start)
  const signature = reader.vector()
  return { leaf, initKey, signedBytes, signature, bytes: reader.since(start) }
}

/** An MLSMessage that holds a KeyPackage; undefined for anything else. */
export const parseKeyPackage = (bytes: Uint8Array): KeyPackage | undefined => {
  const reader = createByteReader(bytes)
  readHead(reader, wireFormats.keyPackage)
  const found = readKeyPackage(reader)
  return reader.failed || !reader.atEnd ? undefined : found
}
