/** A file as far as it has arrived. */
export interface StoredFile {
  readonly id: string
  readonly size: number
  /** Bytes from the beginning that are durable. */
  readonly received: number
  /** What the store wants to be told again, in its own words; null at the beginning. */
  readonly parts: string | null
}

/** Notes how far a file has come. Rejects when another request has noted something else meanwhile. */
export type NoteProgress = (received: number, parts: string | null) => Promise<void>

/**
 * The bytes of uploaded files. It remembers nothing of a file besides its bytes: who calls keeps `received` and `parts`, and
 * sees to it that one request at a time appends to a file.
 *
 * Guarantees that every adapter gives, and `test/contract/media-store/media-store.suite.ts` attacks:
 * - Durable: what `note` is told survives the loss of power, and any other process can go on from there.
 * - Cut anywhere: when `bytes` fails, what came before is stored and noted, and `append` rejects with the same error.
 * - Flat: no call holds more than some MiB, however large the file.
 * - `finish` and `remove` may be repeated after any failure.
 */
export interface MediaStore {
  /** Appends to what was received. */
  append(file: StoredFile, bytes: AsyncIterable<Uint8Array>, note: NoteProgress): Promise<void>
  /** All bytes are there: makes them readable. */
  finish(file: StoredFile): Promise<void>
  /** The bytes of a finished file from `from` to before `to`. */
  read(id: string, from: number, to: number): AsyncIterable<Uint8Array>
  /** Removes the file, whole or in parts. */
  remove(file: StoredFile): Promise<void>
}
