import type { MediaRecords, SweepableMedia } from '../ports/media-records.ts'
import type { MediaStore } from '../ports/media-store.ts'
import { namedGraceMs, uploadLifeMs } from './media-settings.ts'

export interface SweepMediaDeps {
  readonly records: Pick<MediaRecords, 'sweepableMedia' | 'retireMedia' | 'retiredMedia' | 'forgetMedia'>
  readonly store: Pick<MediaStore, 'remove'>
  /**
   * Returns whether any message names the file that is neither deleted nor expired. Messages of the user `except` do
   * not count.
   */
  readonly isNamed: (mediaId: string, except?: string) => Promise<boolean>
  /** Whether `isNamed` takes every event up to now into account. */
  readonly isComplete: () => Promise<boolean>
  readonly now: () => number
  readonly onRemoved: (why: SweepableMedia['why']) => void
}

const batchSize = 100

/** No message can name the file yet, or none was ever allowed to. */
const isUnnamed = ({ hash, namedAt }: SweepableMedia['record']): boolean => hash === null || namedAt === null

/** Also removes bytes that another process was about to remove when it ended. */
const removeRetired = async ({ records, store }: SweepMediaDeps): Promise<void> => {
  for (;;) {
    const retired = await records.retiredMedia(batchSize)
    for (const record of retired) {
      await store.remove(record)
      await records.forgetMedia(record.id)
    }
    if (retired.length < batchSize) return
  }
}

/**
 * Removes uploads that took too long, files that no message named within a day, files whose last message was
 * deleted or has expired, and files of erased users that only their own messages name. Returns the number of removed
 * files. While the views are incomplete, files that messages may name are left alone.
 */
export const sweepMedia = async (deps: SweepMediaDeps): Promise<number> => {
  const { records, isNamed, isComplete, now, onRemoved } = deps
  const before = { created: now() - uploadLifeMs, named: now() - namedGraceMs }

  const mayGo = async ({ record, why }: SweepableMedia): Promise<boolean> => {
    if (isUnnamed(record)) return true
    // Asked before `isNamed`, so that events appended until then are known.
    if (!(await isComplete())) return false
    return !(await isNamed(record.id, why === 'erased' ? record.userId : undefined))
  }
  const retire = async ({ record, why }: SweepableMedia): Promise<boolean> => {
    // Not removed if the file was named again in the meantime, because a message may follow.
    const gone = await records.retireMedia(record.id, before.named)
    if (gone) onRemoved(why)
    return gone
  }

  let removed = 0
  for (let after = ''; ; ) {
    const batch = await records.sweepableMedia(before, after, batchSize)
    for (const one of batch) if ((await mayGo(one)) && (await retire(one))) removed += 1
    await removeRetired(deps)
    const last = batch.at(-1)
    if (last === undefined || batch.length < batchSize) return removed
    after = last.record.id
  }
}
