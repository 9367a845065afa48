import type { StoredFile } from './media-store.ts'
import type { Time } from './time.ts'

/** Part of the accounts database: see `identity/account-store.ts` for what every call promises. */
export interface MediaRecord extends StoredFile {
  /** Who uploads it. */
  readonly userId: string
  /** SHA-256 of all bytes, in hex; null until all are there. */
  readonly hash: string | null
  readonly createdAt: Time
  /** When a message named it last, as far as it was asked whether one may; null: none yet. */
  readonly namedAt: Time | null
}

export interface MediaCaps {
  /** Bytes of all files of a user, those that are still coming included. */
  readonly bytes: number
  /** Uploads in progress. */
  readonly uploads: number
}

/** What may be swept: who else decides by what messages name. */
export interface SweepableMedia {
  readonly record: MediaRecord
  /** `unfinished` and `erased` go in any case; `idle` only if no message names it. */
  readonly why: 'unfinished' | 'erased' | 'idle'
}

export interface MediaRecords {
  beginMedia(record: MediaRecord, caps: MediaCaps): Promise<'begun' | 'full' | 'too_many'>
  /** Undefined for one that is being removed. */
  media(id: string): Promise<MediaRecord | undefined>
  /** False unless exactly `from` bytes were there, and all are not. */
  advanceMedia(id: string, from: number, to: number, parts: string | null): Promise<boolean>
  /** All bytes are there. */
  finishMedia(id: string, hash: string): Promise<void>
  /** A message is about to name them: none is swept soon. False unless all of them are there, and whole. */
  nameMedia(ids: readonly string[], at: Time): Promise<boolean>
  /** In the order of their ids, beyond `after`. */
  sweepableMedia(
    before: { readonly created: Time; readonly named: Time },
    after: string,
    limit: number,
  ): Promise<readonly SweepableMedia[]>
  /** From now on it is not there. False when a message named it since `namedBefore`. */
  retireMedia(id: string, namedBefore: Time): Promise<boolean>
  /** Those that are not there any more, and whose bytes may still be. */
  retiredMedia(limit: number): Promise<readonly MediaRecord[]>
  /** Its bytes are gone. */
  forgetMedia(id: string): Promise<void>
}
