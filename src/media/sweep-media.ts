import type { MediaRecords, SweepableMedia } from '../ports/media-records.ts'
import type { MediaStore } from '../ports/media-store.ts'
import { namedGraceMs, uploadLifeMs } from './media-settings.ts'

export interface SweepMediaDeps {
  readonly records: Pick<MediaRecords, 'sweepableMedia' | 'retireMedia' | 'retiredMedia' | 'forgetMedia'>
  readonly store: Pick<MediaStore, 'remove'>
  /** Does any message name it that is not deleted and has not expired? */
  readonly isNamed: (mediaId: string) => Promise<boolean>
  /** Whether `isNamed` knows every event up to now. */
  readonly isComplete: () => Promise<boolean>
  readonly now: () => number
  readonly onRemoved: (why: SweepableMedia['why']) => void
}

const batchSize = 100

/** Bytes that a process was about to remove when it ended are removed here as well. */
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
 * Removes uploads that took too long, files that no message named within a day, files whose last message was deleted or has
 * expired, and all files of users who were erased. Answers how many. What messages name is left alone while the views cannot
 * tell.
 */
export const sweepMedia = async (deps: SweepMediaDeps): Promise<number> => {
  const { records, isNamed, isComplete, now, onRemoved } = deps
  const before = { created: now() - uploadLifeMs, named: now() - namedGraceMs }

  const mayGo = async ({ record, why }: SweepableMedia): Promise<boolean> => {
    if (why !== 'idle') return true
    // Asked before `isNamed`: events appended until then are known.
    return (await isComplete()) && !(await isNamed(record.id))
  }
  const retire = async ({ record, why }: SweepableMedia): Promise<boolean> => {
    // Named again meanwhile: then a message may come that names it.
    const gone = await records.retireMedia(record.id, why === 'idle' ? before.named : Number.MAX_SAFE_INTEGER)
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
