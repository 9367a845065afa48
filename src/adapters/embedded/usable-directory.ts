import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from 'fs-native-extensions'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { fileTrouble } from '../../runtime/file-trouble.ts'
import { makeDirectory } from '../../runtime/make-directory.ts'

/** More than a file system keeps beside the name of a file: a full disk takes an empty file. */
const probeBytes = 64 * 1024

const unusable = (directory: string, cause: unknown): OperatorError => {
  const trouble = fileTrouble(cause) ?? `cannot be used (${cause instanceof Error ? cause.message : cause})`
  return new OperatorError(`BACKSCROLL_DATA: ${directory} ${trouble}`, { cause })
}

const writeAndLock = (path: string): void => {
  const file = openSync(path, 'wx+', 0o600)
  try {
    writeFileSync(file, new Uint8Array(probeBytes))
    fsyncSync(file)
    tryLock(file, 0, 1)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}

/**
 * Makes the data directory, if it is not there yet, and tries in it what a server does: a file, written, durable,
 * locked. Throws an `OperatorError` that says what is wrong with the directory.
 */
export const ensureUsable = (directory: string): void => {
  try {
    makeDirectory(directory)
    writeAndLock(join(directory, `.probe-${randomUUID()}`))
  } catch (cause) {
    throw unusable(directory, cause)
  }
}
