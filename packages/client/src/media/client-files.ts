import type { Attachment } from '../content/attachment.ts'
import type { FileData, UploadOptions } from './file-types.ts'
import { openFile } from './open-file.ts'
import { type UploadDeps, uploadFile } from './upload-file.ts'

export interface ClientFiles {
  /**
   * Encrypts a file under a new key and uploads it. Needs some MiB of memory for a file of any size, and
   * continues after lost connections. Resolves with an attachment for `send`, which must be sent within a day.
   * Rejects with `media_full`, `too_large` and other refusals, and with `unavailable` if nothing was accepted for
   * minutes.
   */
  uploadFile(data: FileData, options?: UploadOptions): Promise<Attachment>
  /**
   * Downloads and decrypts a file that a message names. It yields only verified bytes, in order. Throws
   * `wrong_key` if the server returns anything else.
   */
  openFile(attachment: Attachment): AsyncIterable<Uint8Array>
}

export const createClientFiles = (deps: UploadDeps): ClientFiles => ({
  uploadFile: (data, options = {}) => uploadFile(deps, data, options),
  openFile: (attachment) => openFile(deps, attachment),
})
