import { ProtocolError } from '@backscroll/protocol/errors'
import { isMediaId } from '../domain/media-id.ts'
import type { MediaRecord, MediaRecords } from '../ports/media-records.ts'

export interface MediaAccessDeps {
  readonly records: Pick<MediaRecords, 'media' | 'nameMedia'>
  /** Returns whether any message that this user may see names the file. */
  readonly mayReadMedia: (userId: string, mediaId: string) => Promise<boolean>
  /** The same, but also counts messages that were accepted a moment ago. */
  readonly mayReadMediaSoon: (userId: string, mediaId: string) => Promise<boolean>
  readonly now: () => number
}

/** Who may read a file and name it in a message: its uploader, and everybody who may see a message that names it. */
export const createMediaAccess = ({ records, mayReadMedia, mayReadMediaSoon, now }: MediaAccessDeps) => {
  const whole = async (id: string): Promise<MediaRecord | undefined> => {
    const record = isMediaId(id) ? await records.media(id) : undefined
    return record?.hash === null ? undefined : record
  }

  return {
    /** Rejects with `not_found` both for a missing file and for one that the user may not read. */
    readable: async (userId: string, id: string): Promise<MediaRecord & { readonly hash: string }> => {
      const record = await whole(id)
      const may = record !== undefined && (record.userId === userId || (await mayReadMedia(userId, id)))
      if (!may || record.hash === null) throw new ProtocolError('not_found')
      return { ...record, hash: record.hash }
    },
    /** Returns whether the user may name all these files. If so, none of them is swept soon. */
    mayName: async (userId: string, ids: readonly string[]): Promise<boolean> => {
      const named = [...new Set(ids)]
      for (const id of named) {
        const record = await whole(id)
        if (record === undefined) return false
        if (record.userId !== userId && !(await mayReadMediaSoon(userId, id))) return false
      }
      return records.nameMedia(named, now())
    },
  }
}

export type MediaAccess = ReturnType<typeof createMediaAccess>
