import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathOfMedia } from '../../adapters/embedded/media/file-media.ts'
import { completeFiles } from '../../adapters/sql/database/read-accounts-file.ts'
import { type Finding, fine, wrong } from './check.ts'

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Compares sizes only: to read all files may take hours. */
const checkThere = (directory: string): Finding => {
  let [seen, lost] = [0, 0]
  for (const { id, size } of completeFiles(directory)) {
    seen += 1
    if (statSync(pathOfMedia(directory, id), { throwIfNoEntry: false })?.size !== size) lost += 1
  }
  return lost === 0
    ? fine('files', `all ${seen} uploaded files are there, with their size`)
    : wrong(
        'files',
        `of ${seen} uploaded files ${lost} are missing or cut: copy \`media\` from a backup over the directory`,
      )
}

const checkSpace = (directory: string, reserveBytes: number): Finding => {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize >= reserveBytes
    ? fine('files', 'there is space for uploads')
    : wrong('files', 'less than BACKSCROLL_DISK_RESERVE_BYTES is free, so no upload begins: make room')
}

/** Uploaded files in a data directory. */
export const checkFiles = (directory: string, reserveBytes: number): readonly Finding[] => {
  const media = join(directory, 'media')
  if (existsSync(media) && !isWritable(media))
    return [
      wrong(
        'files',
        `${media} cannot be read and written by this user: give it to the user that runs the server (chown)`,
      ),
    ]
  return [checkThere(directory), checkSpace(directory, reserveBytes)]
}
