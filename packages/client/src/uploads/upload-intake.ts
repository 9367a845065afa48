import { BackscrollError } from '../errors/backscroll-error.ts'
import { unsupportedPlatform } from '../errors/unsupported-platform.ts'
import type { OutgoingFile } from '../media/file-types.ts'
import type { ClientStore } from '../stores/client-store.ts'
import type { Clock } from '../time/clock.ts'
import { type DescribeFile, type PreparedFile, prepareFiles, sealFiles } from './seal-message-files.ts'
import type { UploadBook } from './upload-book.ts'
import { commandOf, type UploadRecord, uploadChange, uploadKey, uploadRemoved } from './upload-record.ts'

/** A message with files, as it is given. */
export interface MessageWithFiles extends Pick<UploadRecord, 'conversationId' | 'messageId' | 'sentAt'> {
  readonly recipientId?: string | undefined
  readonly contentType?: string | undefined
  readonly relatesTo?: UploadRecord['relatesTo']
  readonly text?: string | undefined
  readonly mentions?: UploadRecord['mentions']
  readonly files: readonly OutgoingFile[]
}

export interface UploadIntakeDeps {
  readonly store: ClientStore
  readonly clock: Pick<Clock, 'now'>
  readonly book: UploadBook
  readonly newId: () => string
  readonly describe: DescribeFile
  readonly isClosed: () => boolean
}

/** Takes in messages with files: resolves when the message and sealed copies of its files are stored. */
export type UploadIntake = (message: MessageWithFiles, isAsked: boolean) => Promise<void>

export const createUploadIntake = (deps: UploadIntakeDeps): UploadIntake => {
  const { store, clock, book, newId, describe, isClosed } = deps
  const shelf = store.files
  const storing = new Map<string, Promise<void>>()

  /** Copies that belong to no message: a process ended while they were made or removed. */
  const sweep = async () => {
    const known = new Set(book.all().flatMap(({ record }) => record.files.map(({ fileId }) => fileId)))
    for (const fileId of (await shelf?.list()) ?? []) if (!known.has(fileId)) await shelf?.remove(fileId)
  }
  const swept = sweep().catch(() => {})

  const withdrawn = () => new BackscrollError(isClosed() ? 'stopped' : 'withdrawn')
  const storeSealed = async (key: string, files: UploadRecord['files']) => {
    const item = book.get(key)
    if (item === undefined || isClosed()) throw withdrawn()
    const record = { ...item.record, files }
    await store.write([uploadChange(record)])
    const now = book.get(key)
    if (now === undefined) {
      await store.write([uploadRemoved(record)])
      throw withdrawn()
    }
    book.put({ ...now.record, files }, true)
  }
  const seal = async (record: UploadRecord, prepared: readonly PreparedFile[]) => {
    const key = uploadKey(record)
    if (shelf === undefined) throw unsupportedPlatform('files', 'the store of this client keeps no files')
    book.put(record, false)
    try {
      await swept
      const isWanted = () => !isClosed() && book.get(key) !== undefined
      await storeSealed(key, await sealFiles(shelf, prepared, isWanted))
    } catch (thrown) {
      book.remove(key)
      throw isClosed() ? withdrawn() : thrown
    }
  }
  const takeIn = async ({ files: given, ...message }: MessageWithFiles, isAsked: boolean) => {
    const prepared = await prepareFiles(given, newId, describe)
    const files = prepared.map(({ file }) => file)
    const asked = isAsked ? { asked: true as const } : {}
    const record: UploadRecord = { ...message, files, queuedAt: Math.round(clock.now()), ...asked }
    // Throws for a message that will not fit.
    commandOf(record)
    await seal(record, prepared)
  }
  return (message, isAsked) => {
    const key = uploadKey(message)
    const running = storing.get(key)
    if (running !== undefined) return running
    if (book.get(key) !== undefined) return Promise.resolve()
    const taking = takeIn(message, isAsked).finally(() => storing.delete(key))
    storing.set(key, taking)
    return taking
  }
}
