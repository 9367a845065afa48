import { chunkSize, prefixSize, tagSize } from '../crypto/stream-cipher.ts'

/** The size of an encrypted file whose content has `size` bytes. */
export const sealedSize = (size: number): number =>
  prefixSize + size + Math.max(1, Math.ceil(size / chunkSize)) * tagSize
