import type { Attachment } from '../content/attachment.ts'
import type { WithMentions } from '../content/outgoing-content.ts'

/** The description of a file in a message. All of it is encrypted with the message. */
export type FileFacts = Partial<Omit<Attachment, 'mediaId' | 'key' | 'hash'>>

/** A file of the browser, bytes, or an iterable of bytes. For an iterable, `facts.size` must be set. */
export type FileData = Blob | Uint8Array | AsyncIterable<Uint8Array>

export interface UploadOptions extends FileFacts {
  /**
   * Called after each piece, with bytes of the encrypted file. The next piece waits for the returned promise: a
   * pending promise pauses the upload, and a rejected one ends it.
   */
  readonly onProgress?: (sent: number, total: number) => unknown
}

/** A file to send with a message: a file of the browser, or data with its description. */
export type OutgoingFile =
  | Blob
  | ({
      readonly data: FileData
      /** False: no thumbnail is made of an image or a video. What the description already says is kept in any case. */
      readonly preview?: boolean
    } & FileFacts)

/** Files that are uploaded before the message is sent, with a text or without. */
export interface OutgoingFiles extends WithMentions {
  readonly text?: string
  readonly files: readonly OutgoingFile[]
}
