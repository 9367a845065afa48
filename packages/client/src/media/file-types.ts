import type { Attachment } from '../content/message-content.ts'

/** What a message says of a file besides its bytes: all of it is sealed with the message. */
export type FileFacts = Partial<Omit<Attachment, 'mediaId' | 'key' | 'hash'>>

/** A file of a browser, bytes, or bytes that come one after the other; then `facts.size` says how many. */
export type FileData = Blob | Uint8Array | AsyncIterable<Uint8Array>

export interface UploadOptions extends FileFacts {
  /**
   * Called after each piece, in bytes of the sealed file. The next piece waits for what it returns: a promise that takes its
   * time pauses the upload, one that rejects ends it.
   */
  readonly onProgress?: (sent: number, total: number) => unknown
}
