import { chunkSize, prefixSize, tagSize } from '../crypto/stream-cipher.ts'

/** Bytes of a sealed file whose content has `size`. */
export const sealedSize = (size: number): number =>
  prefixSize + size + Math.max(1, Math.ceil(size / chunkSize)) * tagSize
