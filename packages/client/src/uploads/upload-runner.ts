import { type BackscrollError, blamesToken, toBackscrollError } from '../errors/backscroll-error.ts'
import type { TusRequests } from '../media/tus-requests.ts'
import { passing } from '../media/upload-file.ts'
import { uploadKept } from '../media/upload-kept.ts'
import type { FileShelf } from '../stores/file-shelf.ts'
import { backoffMs } from '../time/backoff.ts'
import type { Clock } from '../time/clock.ts'
import type { UploadBook, UploadItem } from './upload-book.ts'
import { type UploadedFile, type UploadRecord, uploadKey } from './upload-record.ts'
import { createTurn, type Turn } from './upload-turn.ts'

export interface UploadRunnerDeps {
  readonly tus: TusRequests
  readonly shelf: FileShelf
  readonly clock: Clock
  readonly random: () => number
  readonly book: UploadBook
  /** Whether there is a live connection. */
  readonly isLive: () => boolean
  /** Changes a message and stores that. False if it does not wait any more. */
  readonly change: (key: string, change: (record: UploadRecord) => UploadRecord) => Promise<boolean>
  /** All files are there. Resolves when the message has its place among the commands. */
  readonly place: (record: UploadRecord) => Promise<void>
  readonly fail: (record: UploadRecord, error: BackscrollError) => Promise<void>
}

/** Uploads the files of waiting messages. */
export interface UploadRunner {
  /** Something may be uploaded that could not before. */
  wake(): void
  /** Stops the uploads of a message for now. */
  end(key: string): void
  close(): void
}

/** How many messages are uploaded at once. */
const parallel = 2
/** How often an upload may be lost by the server before its message fails. */
const losses = 3

const isDue = ({ record, isStored }: UploadItem): boolean =>
  isStored && record.isPaused === undefined && record.failed === undefined

const withFile = (record: UploadRecord, changed: UploadedFile): UploadRecord => ({
  ...record,
  files: record.files.map((file) => (file.fileId === changed.fileId ? changed : file)),
})

export const createUploadRunner = (deps: UploadRunnerDeps): UploadRunner => {
  const { tus, clock, random, book, isLive, change } = deps
  const running = new Map<string, Turn>()
  let closed = false

  const store = (key: string, file: UploadedFile) => change(key, (record) => withFile(record, file))

  const begun = async (key: string, file: UploadedFile): Promise<string | undefined> => {
    if (file.mediaId !== undefined) return file.mediaId
    const mediaId = await tus.begin(file.sealedBytes)
    if (await store(key, { ...file, mediaId })) return mediaId
    // The message was withdrawn meanwhile.
    await tus.discard(mediaId)
    return undefined
  }
  const uploadOne = async (key: string, file: UploadedFile, turn: Turn) => {
    const mediaId = await begun(key, file)
    if (mediaId === undefined || turn.isOver()) return
    const onSent = (bytes: number) => book.sent(key, file.fileId, bytes)
    await uploadKept(deps, file, mediaId, { isOver: turn.isOver, signal: turn.signal, onSent })
    if (!turn.isOver()) await store(key, { ...file, mediaId, isUploaded: true })
  }
  const arrived = (key: string) => (book.get(key)?.upload.files ?? []).reduce((sum, { sent }) => sum + sent, 0)
  /** The server removes files that no message has named for a day, so those of earlier turns are looked for again. */
  const missing = ({ record }: UploadItem, there: ReadonlySet<string>) =>
    record.files.find(({ fileId }) => !there.has(fileId))

  /** Decides what follows from an error. True: the message goes on. */
  const goesOn = async (item: UploadItem, file: UploadedFile | undefined, error: BackscrollError, lost: number) => {
    if (error.code === 'not_found' && file?.mediaId !== undefined && lost <= losses) {
      const { mediaId: _lost, isUploaded: _whole, ...rest } = file
      return store(uploadKey(item.record), rest)
    }
    if (error.temporary || blamesToken(error) || passing.has(error.code)) return true
    await deps.fail(item.record, error)
    return false
  }
  const run = async (key: string, turn: Turn) => {
    let failures = 0
    let lost = 0
    const there = new Set<string>()
    for (;;) {
      const item = book.get(key)
      if (item === undefined || !isDue(item) || turn.isOver() || !isLive()) return
      const before = arrived(key)
      try {
        const file = missing(item, there)
        if (file === undefined) return await deps.place(item.record)
        await uploadOne(key, file, turn)
        there.add(file.fileId)
        failures = 0
      } catch (thrown) {
        if (turn.isOver()) return
        const error = toBackscrollError(thrown)
        failures = arrived(key) > before ? 1 : failures + 1
        lost += error.code === 'not_found' ? 1 : 0
        const now = book.get(key)
        if (now === undefined || !(await goesOn(now, missing(now, there), error, lost))) return
        await turn.pause(backoffMs(failures, random(), error.retryAfterMs))
      }
    }
  }
  const begin = (key: string) => {
    const turn = createTurn(clock)
    running.set(key, turn)
    const over = () => {
      if (running.get(key) === turn) running.delete(key)
    }
    // A store that fails reports it by itself; the next connection begins the message again.
    void run(key, turn).then(() => {
      over()
      wake()
    }, over)
  }
  const wake = () => {
    if (closed || !isLive()) return
    for (const item of book.all()) {
      const key = uploadKey(item.record)
      if (running.size < parallel && isDue(item) && !running.has(key)) begin(key)
    }
  }
  return {
    wake,
    end: (key) => {
      running.get(key)?.end()
      running.delete(key)
    },
    close: () => {
      closed = true
      for (const turn of running.values()) turn.end()
    },
  }
}
