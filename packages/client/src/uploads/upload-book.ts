import type { FileUpload, MessageUpload } from '../commands/message-upload.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { shownEntry, type UploadedFile, type UploadRecord, uploadKey } from './upload-record.ts'

/** A message that waits for its files. */
export interface UploadItem {
  readonly record: UploadRecord
  /** False while its files are being sealed: it is lost with the process until then. */
  readonly isStored: boolean
  readonly shown: OutboxEntry
  readonly upload: MessageUpload
}

/** The messages that wait for their files, in the order in which they were given. */
export interface UploadBook {
  get(key: string): UploadItem | undefined
  all(): readonly UploadItem[]
  put(record: UploadRecord, isStored: boolean): void
  /** This many bytes of a file have arrived. */
  sent(key: string, fileId: string, bytes: number): void
  remove(key: string): void
}

const withoutKeys = ({ key: _key, hash: _hash, ...file }: UploadedFile['described']): FileUpload['file'] => file

const uploadOf = ({ files, isPaused }: UploadRecord, before: MessageUpload | undefined): MessageUpload => ({
  isPaused: isPaused === true,
  files: files.map(({ described, sealedBytes: total, isUploaded, mediaId }, index) => {
    const sent = mediaId === undefined ? 0 : (before?.files[index]?.sent ?? 0)
    return { file: withoutKeys(described), sent: isUploaded ? total : sent, total }
  }),
})

/** `onChange`: a message of this conversation, or its progress, has changed. */
export const createUploadBook = (onChange: (conversationId: string) => void): UploadBook => {
  const items = new Map<string, UploadItem>()
  const set = (item: UploadItem) => {
    items.set(uploadKey(item.record), item)
    onChange(item.record.conversationId)
  }
  return {
    get: (key) => items.get(key),
    all: () => [...items.values()],
    put: (record, isStored) => {
      const before = items.get(uploadKey(record))
      set({ record, isStored, shown: shownEntry(record), upload: uploadOf(record, before?.upload) })
    },
    sent: (key, fileId, bytes) => {
      const item = items.get(key)
      if (item === undefined) return
      const at = item.record.files.findIndex((file) => file.fileId === fileId)
      const files = item.upload.files.map((file, index) => (index === at ? { ...file, sent: bytes } : file))
      set({ ...item, upload: { ...item.upload, files } })
    },
    remove: (key) => {
      const item = items.get(key)
      items.delete(key)
      if (item !== undefined) onChange(item.record.conversationId)
    },
  }
}
