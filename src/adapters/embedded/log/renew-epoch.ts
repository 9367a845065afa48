import { randomUUID } from 'node:crypto'
import { lockDirectory } from './directory-lock.ts'
import { openForWriting, prepareFile } from './schema.ts'

/**
 * Gives the log in `directory` a new epoch, which a restored backup needs: the log it was copied from may have gone on, so a checkpoint from
 * there would mean something else here. Devices then load a snapshot, and the views are rebuilt. Throws an `OperatorError` while a server runs on it.
 */
export const renewEpoch = (directory: string): { readonly before: string; readonly after: string } => {
  const lock = lockDirectory(directory)
  try {
    const { epoch: before } = prepareFile(directory)
    const after = randomUUID()
    const db = openForWriting(directory, undefined)
    db.prepare(`UPDATE meta SET value = ? WHERE key = 'epoch'`).run(after)
    db.close()
    return { before, after }
  } finally {
    lock.release()
  }
}
