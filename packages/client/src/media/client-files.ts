import type { Attachment } from '../content/message-content.ts'
import type { FileData, UploadOptions } from './file-types.ts'
import { openFile } from './open-file.ts'
import { type UploadDeps, uploadFile } from './upload-file.ts'

export interface ClientFiles {
  /**
   * Seals a file under a key of its own and uploads it, over as many connections as it takes; some MiB are in memory at a
   * time. Resolves with what `send` takes in `attachments`: send it within a day. Rejects with `media_full`, `too_large`
   * and other refusals, and with `unavailable` when nothing was accepted for minutes.
   */
  uploadFile(data: FileData, options?: UploadOptions): Promise<Attachment>
  /**
   * The bytes of a file that a message names, as they come; only what is whole and unchanged is handed over. Throws
   * `wrong_key` where the server gives something else.
   */
  openFile(attachment: Attachment): AsyncIterable<Uint8Array>
}

export const createClientFiles = (deps: UploadDeps): ClientFiles => ({
  uploadFile: (data, options = {}) => uploadFile(deps, data, options),
  openFile: (attachment) => openFile(deps, attachment),
})
