import { createByteReader } from './byte-reader.ts'
import { readCipherSuite, readHead, wireFormats } from './wire-format.ts'

/** The public part of a Welcome. */
export interface WelcomeHeader {
  /** How many new members it is addressed to. */
  readonly addressees: number
}

/** An MLSMessage that holds a Welcome (RFC 9420, 12.4.3.1); undefined for anything else. */
export const parseWelcome = (bytes: Uint8Array): WelcomeHeader | undefined => {
  const reader = createByteReader(bytes)
  readHead(reader, wireFormats.welcome)
  readCipherSuite(reader)
  const secrets = reader.nested()
  let addressees = 0
  for (; !secrets.atEnd; addressees += 1) {
    // The key package that it is for, the encapsulated key, and the ciphertext of its secrets.
    for (let left = 3; left > 0; left -= 1) secrets.vector()
  }
  reader.vector()
  return reader.failed || !reader.atEnd ? undefined : { addressees }
}
