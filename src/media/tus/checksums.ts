import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'

/** The hashes of the tus extension `checksum`, in the order of preference. tus requires sha1. */
export const checksumAlgorithms = ['sha256', 'sha1'] as const

/** Compares the bytes of one request with the checksum that it announced. */
export interface ChecksumCheck {
  update(chunk: Uint8Array): void
  /** Throws `upload_checksum` if the bytes differ, and `upload_locked` if the request was stopped before its end. */
  verify(): void
}

const form = /^(\S+) +([A-Za-z0-9+/]+={0,2})$/

const refused = () =>
  new ProtocolError('invalid', undefined, {
    details: {
      field: 'Upload-Checksum',
      reason: `must be ${checksumAlgorithms.join(' or ')}, a space, and the hash in Base64`,
    },
  })

/** `isStopped`: another request wanted the upload, so these are not all bytes. */
export const checkOf = (header: string, isStopped: () => boolean): ChecksumCheck => {
  const [, name, base64 = ''] = form.exec(header) ?? []
  const algorithm = checksumAlgorithms.find((known) => known === name)
  if (algorithm === undefined) throw refused()
  const hash = createHash(algorithm)
  return {
    update: (chunk) => void hash.update(chunk),
    verify: () => {
      if (isStopped()) throw new ProtocolError('upload_locked', undefined, { retryAfterMs: 1_000 })
      if (!hash.digest().equals(Buffer.from(base64, 'base64'))) throw new ProtocolError('upload_checksum')
    },
  }
}
