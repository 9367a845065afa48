import type { ByteReader } from './byte-reader.ts'

/** RFC 9420, 6: the kinds of MLSMessage. */
export const wireFormats = { publicMessage: 1, privateMessage: 2, welcome: 3, groupInfo: 4, keyPackage: 5 } as const

/** MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, the only cipher suite in use here. */
export const cipherSuite = 1

/** RFC 9420, 6: the kinds of framed content. */
export const contentTypes = { application: 1, proposal: 2, commit: 3 } as const

const mls10 = 1

/** Reads the head of an MLSMessage. Fails unless it is MLS 1.0 of this wire format. */
export const readHead = (reader: ByteReader, format: number): void => {
  const version = reader.u16()
  const wireFormat = reader.u16()
  if (version !== mls10 || wireFormat !== format) reader.fail()
}

export const readCipherSuite = (reader: ByteReader): void => {
  if (reader.u16() !== cipherSuite) reader.fail()
}
