import type { StoredFile } from './media-store.ts'
import type { Time } from './time.ts'

/** Part of the accounts database; `identity/account-store.ts` states what every call guarantees. */
export interface MediaRecord extends StoredFile {
  /** The user who uploaded the file. */
  readonly userId: string
  /** SHA-256 of all bytes, in hex. Null until the file is complete. */
  readonly hash: string | null
  readonly createdAt: Time
  /** When a message was last allowed to name the file. Null if none was. */
  readonly namedAt: Time | null
}

export interface MediaCaps {
  /** Bytes of all files of one user, including uploads in progress. */
  readonly bytes: number
  /** Uploads in progress. */
  readonly uploads: number
}

/** A file that may be swept. The caller checks whether a message still names it. */
export interface SweepableMedia {
  readonly record: MediaRecord
  /**
   * `unfinished`: the upload took too long. `idle`: no message has named the file lately. `erased`: its user was
   * erased, and only messages of others keep it.
   */
  readonly why: 'unfinished' | 'erased' | 'idle'
}

export interface MediaRecords {
  beginMedia(record: MediaRecord, caps: MediaCaps): Promise<'begun' | 'full' | 'too_many'>
  /** Undefined while the file is being removed. */
  media(id: string): Promise<MediaRecord | undefined>
  /** Records progress. False unless the file had exactly `from` bytes and was incomplete. */
  advanceMedia(id: string, from: number, to: number, parts: string | null): Promise<boolean>
  /** The file is complete. */
  finishMedia(id: string, hash: string): Promise<void>
  /**
   * Records that a message is about to name these files, so none of them is swept soon. False unless all of them
   * exist and are complete.
   */
  nameMedia(ids: readonly string[], at: Time): Promise<boolean>
  /** Ordered by id, starting after `after`. */
  sweepableMedia(
    before: { readonly created: Time; readonly named: Time },
    after: string,
    limit: number,
  ): Promise<readonly SweepableMedia[]>
  /** Marks the file as removed. False if a message named it after `namedBefore`. */
  retireMedia(id: string, namedBefore: Time): Promise<boolean>
  /** Files that are marked as removed, whose bytes may still exist. */
  retiredMedia(limit: number): Promise<readonly MediaRecord[]>
  /** Deletes the record, after the bytes have been removed. */
  forgetMedia(id: string): Promise<void>
}
