import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { lockDirectory } from './directory-lock.ts'
import { headRecordPath, writeHeadRecord } from './integrity/head-record.ts'
import { openForWriting, setMeta } from './schema.ts'
import { prepareFile } from './writing/prepare.ts'

export interface RenewedEpoch {
  readonly before: string
  readonly after: string
}

/** Takes the log of a locked directory as it is: anything known of another end of it is forgotten with the epoch. */
export const beginEpoch = (directory: string): RenewedEpoch => {
  const { epoch: before, head, digest } = prepareFile(directory, { asItIs: true })
  const after = randomUUID()
  const db = openForWriting(directory, undefined)
  setMeta(db, 'epoch', after)
  setMeta(db, 'plain_checkpoints', '0')
  setMeta(db, 'recorded', '1')
  db.close()
  writeHeadRecord(directory, { epoch: after, position: head, digest, clean: true })
  return { before, after }
}

/** Records the end of an intact log in a locked directory that has no record any more. */
export const recordEnd = (directory: string): void => {
  rmSync(headRecordPath(directory), { force: true })
  const { epoch, head, digest } = prepareFile(directory, { asItIs: true })
  writeHeadRecord(directory, { epoch, position: head, digest, clean: true })
}

/**
 * Gives the log in `directory` a new epoch, which a restored backup needs: the log that it was copied from may have
 * gone on, so a checkpoint from there would mean something else here. Devices then load a snapshot, and the views
 * are rebuilt. Throws an `OperatorError` while a server runs on it.
 */
export const renewEpoch = (directory: string): RenewedEpoch => {
  const lock = lockDirectory(directory)
  try {
    return beginEpoch(directory)
  } finally {
    lock.release()
  }
}
