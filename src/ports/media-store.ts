/** A file with the bytes that have arrived so far. */
export interface StoredFile {
  readonly id: string
  readonly size: number
  /** The number of durable bytes, from the beginning. */
  readonly received: number
  /** The store's own state, which it is given again with the next call. Null at the beginning. */
  readonly parts: string | null
}

/** Records how far a file has come. Rejects if another request has recorded progress in the meantime. */
export type NoteProgress = (received: number, parts: string | null) => Promise<void>

/**
 * The bytes of uploaded files, and nothing else about them. The caller keeps `received` and `parts`, and ensures that
 * only one request at a time appends to a file.
 *
 * Guarantees of every adapter, which `test/contract/media-store/media-store.suite.ts` attacks:
 * - Durability: bytes that `note` has been told of survive a loss of power, and any process can continue after them.
 * - Interruption: when `bytes` fails, the bytes before the failure are stored and noted, and `append` rejects with the
 *   same error.
 * - Memory: no call holds more than some MiB, however large the file is.
 * - `finish` and `remove` may be repeated after any failure.
 */
export interface MediaStore {
  /** Appends after `file.received`. */
  append(file: StoredFile, bytes: AsyncIterable<Uint8Array>, note: NoteProgress): Promise<void>
  /** Makes a file readable whose bytes have all arrived. */
  finish(file: StoredFile): Promise<void>
  /** The bytes of a complete file from `from` up to, but not including, `to`. */
  read(id: string, from: number, to: number): AsyncIterable<Uint8Array>
  /**
   * A URL from which anybody can read a complete file for this many seconds, also in ranges. Undefined: clients cannot
   * reach the store.
   */
  readonly link?: ((id: string, seconds: number) => Promise<string>) | undefined
  /** Removes a complete or incomplete file. */
  remove(file: StoredFile): Promise<void>
}
