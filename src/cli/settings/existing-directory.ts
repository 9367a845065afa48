import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Config } from '../../config/config.ts'
import { keyFiles } from '../../identity/tokens/keys/local-keys.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'

/** Throws the file system's error if this user may not open the path. */
const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined

/**
 * Throws an `OperatorError` if there is no data directory. A command that created it would find nothing in it, and
 * report that all is well.
 */
export const requireDirectory = (directory: string): void => {
  if (!isThere(directory))
    throw new OperatorError(`There is no data directory at ${resolve(directory)}: check BACKSCROLL_DATA`)
}

/** The same for the key that signs. Processes of a cluster have one in a directory, too. */
export const requireSigningKey = ({ dataDirectory }: Config): void => {
  requireDirectory(dataDirectory)
  if (!isThere(keyFiles(join(dataDirectory, 'keys')).signing))
    throw new OperatorError(`${resolve(dataDirectory)} has no signing key: check BACKSCROLL_DATA`)
}

/** The same for the accounts of the embedded profile. */
export const requireAccounts = ({ cluster, dataDirectory }: Config): void => {
  if (cluster !== undefined) return
  requireDirectory(dataDirectory)
  if (!isThere(join(dataDirectory, 'accounts.db')))
    throw new OperatorError(`${resolve(dataDirectory)} has no accounts.db: check BACKSCROLL_DATA`)
}
