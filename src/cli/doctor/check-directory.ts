import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Finding, fine, warning, wrong } from './check.ts'

/** Only the server's user may read these. */
const secret = ['keys', 'keys/private.jwk.json', 'accounts.db', 'accounts.db-wal'] as const

const inBytes = { GiB: 2 ** 30, MiB: 2 ** 20 }
/** Below this the log soon refuses appends; the write-ahead log alone may have 64 MiB. */
const leastSpace = 512 * inBytes.MiB

/** Windows has no such bits: there the access list of the directory decides who may read. */
const hasModes = process.platform !== 'win32'

const isReadableByOthers = (path: string): boolean => {
  if (!hasModes) return false
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && (found.mode & 0o077) !== 0
}

const isUsable = (path: string, rights = constants.R_OK | constants.W_OK): boolean => {
  try {
    accessSync(path, rights)
    return true
  } catch {
    return false
  }
}

const modeFor = (name: string): string => (name === 'keys' ? '700' : '600')

const checkSecrets = (directory: string): readonly Finding[] =>
  secret
    .map((name) => ({ name, path: join(directory, name) }))
    .filter(({ path }) => isReadableByOthers(path))
    .map(({ name, path }) => wrong('directory', `${path} can be read by other users: chmod ${modeFor(name)} ${path}`))

const checkRights = (directory: string): readonly Finding[] => {
  const names = readdirSync(directory).filter((name) => /\.(db|db-wal|head|lock)$/.test(name))
  return ['.', ...names]
    .map((name) => join(directory, name))
    .filter((path) => !isUsable(path))
    .map((path) =>
      wrong(
        'directory',
        `${path} cannot be read and written by this user: give it to the user that runs the server (chown)`,
      ),
    )
}

/**
 * Message bodies in the log are encrypted, but sender, recipient and time are not. Older versions created it
 * readable for others.
 */
const checkOpen = (directory: string): readonly Finding[] =>
  isReadableByOthers(directory) && isReadableByOthers(join(directory, 'events.db'))
    ? [
        warning(
          'directory',
          `other users of this machine can read the event log in ${directory}: chmod 700 ${directory}`,
        ),
      ]
    : []

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)))

/** The first start creates a directory that does not exist, if it can. */
const checkMissing = (directory: string): Finding => {
  const above = nearestExisting(dirname(resolve(directory)))
  const impossible = (why: string) =>
    wrong('directory', `${directory} does not exist and cannot be created: ${above} ${why}`)
  if (!statSync(above).isDirectory()) return impossible('is not a directory: check BACKSCROLL_DATA')
  if (!isUsable(above, constants.W_OK | constants.X_OK))
    return impossible('cannot be written by this user: create the directory for the user that runs the server')
  return fine(
    'directory',
    `${directory} does not exist: the first start creates it (a server that has data has it elsewhere: check BACKSCROLL_DATA)`,
  )
}

/** Files and permissions. */
export const checkDirectory = (directory: string): readonly Finding[] => {
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return [checkMissing(directory)]
  const found = [...checkRights(directory), ...checkSecrets(directory), ...checkOpen(directory)]
  return found.length > 0 ? found : [fine('directory', `${directory} and its files have the rights that they need`)]
}

export const checkDisk = (directory: string): Finding => {
  const { bavail, bsize } = statfsSync(directory)
  const free = bavail * bsize
  const text = `${(free / inBytes.GiB).toFixed(1)} GiB are free`
  return free >= leastSpace
    ? fine('disk', text)
    : wrong('disk', `only ${text}: make room before the log refuses messages`)
}
