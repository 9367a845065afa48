import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const parentIsMissing = (error: unknown, path: string): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT' && !existsSync(dirname(path))

/**
 * Makes a directory and those above it, where they are not there yet. Not `mkdirSync` with `recursive`: that never ends
 * where a directory takes no entries although it is there, such as /proc.
 */
export const makeDirectory = (directory: string, mode?: number): void => {
  const path = resolve(directory)
  if (isDirectory(path)) return
  try {
    mkdirSync(path, mode)
  } catch (error) {
    // Another process may have been faster.
    if (isDirectory(path)) return
    if (!parentIsMissing(error, path)) throw error
    makeDirectory(dirname(path), mode)
    makeDirectory(path, mode)
  }
}
