import { closeSync, fsyncSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Windows opens no directory as a file, and needs no sync of one: NTFS writes names to its journal. */
const isSynced = process.platform !== 'win32'

/** A new name in a directory survives the loss of power only after this. */
export const syncDirectory = async (directory: string): Promise<void> => {
  if (!isSynced) return
  const handle = await open(directory, 'r')
  await handle.sync().finally(() => handle.close())
}

/** The same, for a thread of its own. */
export const syncDirectoryNow = (directory: string): void => {
  if (!isSynced) return
  const file = openSync(directory, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
