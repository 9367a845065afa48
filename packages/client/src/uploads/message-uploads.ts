import type { MessageUpload } from '../commands/message-upload.ts'
import type { Accepted, Failure, OutboxEntry } from '../commands/outbox-entry.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { CommandAnswers } from '../records/command-answers.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { type Deferred, deferred } from '../time/deferred.ts'
import { createUploadBook, type UploadItem } from './upload-book.ts'
import { createUploadIntake, type MessageWithFiles, type UploadIntakeDeps } from './upload-intake.ts'
import { commandOf, readUploads, type UploadRecord, uploadChange, uploadKey, uploadRemoved } from './upload-record.ts'
import { createUploadRunner, type UploadRunnerDeps } from './upload-runner.ts'

export interface MessageUploadsDeps
  extends Pick<UploadRunnerDeps, 'tus' | 'clock' | 'random' | 'isLive'>,
    Pick<UploadIntakeDeps, 'store' | 'newId' | 'describe'> {
  readonly stored: ReadonlyMap<string, unknown>
  readonly outbox: Pick<Outbox, 'add'>
  readonly answers: Pick<CommandAnswers, 'keep'>
  /** The messages of a conversation that wait for files, or their progress, have changed. */
  readonly onChange: (conversationId: string) => void
  /** For the application, which is told once: `told` has what to store then. */
  readonly onFailed: (entry: OutboxEntry, failure: Failure, told: () => readonly StoreChange[]) => void
}

/** Messages on their way into the outbox: each waits until its files are uploaded. */
export interface MessageUploads {
  /**
   * Resolves and rejects as `Outbox.add` does. `onStored`: the caller may ask again, so the answer is kept. A message
   * that waits already is waited for.
   */
  send(message: MessageWithFiles, onStored?: () => void): Promise<Accepted>
  /** Whether the message waits for its files, and not for its turn. */
  has(conversationId: string, messageId: string): boolean
  /** Messages that wait, in the order in which they were given. */
  waiting(conversationId?: string): readonly UploadItem[]
  /** Messages whose files could not be uploaded. */
  failed(conversationId: string): readonly OutboxEntry[]
  /** How far the files of a message are. Undefined if it does not wait for files. */
  progress(conversationId: string, messageId: string): MessageUpload | undefined
  /** Both do nothing for a message that does not wait for files. */
  pause(conversationId: string, messageId: string): Promise<void>
  resume(conversationId: string, messageId: string): Promise<void>
  /** Takes a message back. Its caller gets `withdrawn`. */
  withdraw(conversationId: string, messageId: string): Promise<void>
  /** Begins a failed message again. */
  retry(conversationId: string, messageId: string): Promise<void>
  /** Something may be uploaded that could not before. */
  wake(): void
  /** Reports what failed in an earlier life of the client. */
  tellFailed(): void
  close(): void
}

const failureOf = ({ code, message, details }: BackscrollError): Failure => ({
  ...{ code, message },
  ...(details && { details }),
})

export const createMessageUploads = (deps: MessageUploadsDeps): MessageUploads => {
  const { store, outbox, answers, tus } = deps
  const shelf = store.files
  const book = createUploadBook(deps.onChange)
  for (const record of readUploads(deps.stored)) book.put(record, true)
  const callers = new Map<string, Deferred<Accepted>>()
  /** Messages whose files are there, while they are being stored among the commands. */
  const placing = new Set<string>()
  let closed = false
  const takeIn = createUploadIntake({ ...deps, book, isClosed: () => closed })

  const keyOf = (conversationId: string, messageId: string) => uploadKey({ conversationId, messageId })
  const found = (key: string) => (placing.has(key) ? undefined : book.get(key))
  const take = (key: string): Deferred<Accepted> | undefined => {
    const caller = callers.get(key)
    callers.delete(key)
    return caller
  }
  const callerOf = (key: string): Promise<Accepted> => {
    const caller = callers.get(key) ?? deferred<Accepted>()
    callers.set(key, caller)
    return caller.promise
  }
  const removeCopies = async ({ files }: UploadRecord) => {
    // What cannot be removed now is removed at the next start.
    for (const { fileId } of files) await shelf?.remove(fileId).catch(() => {})
  }
  /** False if the message does not wait for its files any more. */
  const change = async (key: string, to: (record: UploadRecord) => UploadRecord, also: readonly StoreChange[] = []) => {
    const item = found(key)
    if (item === undefined) return false
    const record = to(item.record)
    book.put(record, item.isStored)
    if (item.isStored) await store.write([uploadChange(record), ...also])
    return found(key) !== undefined
  }
  const told = (key: string) => (): readonly StoreChange[] => {
    const record = found(key)?.record
    if (record?.failed === undefined) return []
    const next: UploadRecord = { ...record, isTold: true }
    book.put(next, true)
    return [uploadChange(next)]
  }
  const fail: UploadRunnerDeps['fail'] = async (record, error) => {
    const key = uploadKey(record)
    const item = found(key)
    if (item === undefined) return
    const failed = failureOf(error)
    await change(key, (now) => ({ ...now, failed }), answers.keep(item.shown, { failure: failed })())
    deps.onFailed(item.shown, failed, told(key))
    take(key)?.reject(error)
  }
  /** The message takes its place now. Its record is removed in the same write. */
  const place: UploadRunnerDeps['place'] = (record) => {
    const key = uploadKey(record)
    const { conversationId, messageId, asked } = record
    const { promise: stored, resolve, reject } = deferred()
    placing.add(key)
    const onStored = () => {
      placing.delete(key)
      book.remove(key)
      void removeCopies(record)
      resolve()
    }
    const how = { onStored, isAsked: asked === true, changes: [uploadRemoved(record)] }
    outbox.add(conversationId, messageId, commandOf(record), how).then(
      (result) => take(key)?.resolve(result),
      (thrown) => {
        // Without a place it still waits here.
        if (placing.delete(key)) reject(thrown)
        else take(key)?.reject(thrown)
      },
    )
    return stored
  }
  const runner = shelf && createUploadRunner({ ...deps, shelf, book, change, place, fail })

  return {
    send: async (message, onStored) => {
      if (closed) throw new BackscrollError('stopped')
      await takeIn(message, onStored !== undefined)
      const done = callerOf(uploadKey(message))
      onStored?.()
      runner?.wake()
      return done
    },
    has: (...of) => found(keyOf(...of)) !== undefined,
    waiting: (id) =>
      book.all().filter(({ record }) => !record.failed && (id ?? record.conversationId) === record.conversationId),
    failed: (id) =>
      book.all().flatMap(({ record, shown }) => (record.failed && record.conversationId === id ? [shown] : [])),
    progress: (...of) => book.get(keyOf(...of))?.upload,
    pause: async (...of) => {
      runner?.end(keyOf(...of))
      await change(keyOf(...of), (record) => ({ ...record, isPaused: true }))
    },
    resume: async (...of) => {
      await change(keyOf(...of), ({ isPaused: _paused, ...record }) => record)
      runner?.wake()
    },
    withdraw: async (...of) => {
      const key = keyOf(...of)
      const item = found(key)
      if (item === undefined) throw new BackscrollError('not_found')
      const error = new BackscrollError('withdrawn')
      const { record, shown, isStored } = item
      runner?.end(key)
      book.remove(key)
      if (isStored) await store.write([uploadRemoved(record), ...answers.keep(shown, { failure: failureOf(error) })()])
      take(key)?.reject(error)
      await removeCopies(record)
      for (const { mediaId } of record.files) if (mediaId !== undefined) void tus.discard(mediaId)
    },
    retry: async (...of) => {
      await change(keyOf(...of), ({ failed: _failed, isTold: _told, ...record }) => record)
      runner?.wake()
    },
    wake: () => runner?.wake(),
    tellFailed: () => {
      for (const { record, shown } of book.all())
        if (record.failed !== undefined && record.isTold === undefined)
          deps.onFailed(shown, record.failed, told(uploadKey(record)))
    },
    close: () => {
      closed = true
      runner?.close()
      for (const caller of callers.values()) caller.reject(new BackscrollError('stopped'))
      callers.clear()
    },
  }
}
