import type { Attachment } from '../content/attachment.ts'

/** A file of a message that waits for its files. */
export interface FileUpload {
  readonly file: Omit<Attachment, 'mediaId' | 'key' | 'hash'>
  /** Bytes of the encrypted file. */
  readonly sent: number
  readonly total: number
}

/** How far the files of a message are. */
export interface MessageUpload {
  readonly isPaused: boolean
  readonly files: readonly FileUpload[]
}
