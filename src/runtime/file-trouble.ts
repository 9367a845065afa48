/** What an operator can do about an error of the file system, by its code; after a path. */
const advice: Readonly<Record<string, string>> = {
  EACCES: 'is not open to this user: give it to the user that runs the server (chown), or name another one',
  EPERM: 'is not open to this user: give it to the user that runs the server (chown), or name another one',
  EROFS: 'is on a file system that is read-only: mount it writable, or name another one',
  ENOSPC: 'is on a full disk: make room',
  EDQUOT: 'is beyond the disk quota of this user: make room, or have the quota raised',
  ENOENT: 'cannot be made there: check the path',
  ENOTDIR: 'is not a directory: check the path',
  EEXIST: 'is not a directory: check the path',
  ENAMETOOLONG: 'is too long for a path: name another one',
  ELOOP: 'is a circle of symbolic links: check the path',
  ENOLCK: 'is on a file system without locks, as network drives may be: use a local disk',
  ENOTSUP: 'is on a file system without locks, as network drives may be: use a local disk',
  EOPNOTSUPP: 'is on a file system without locks, as network drives may be: use a local disk',
  ENOSYS: 'is on a file system without locks, as network drives may be: use a local disk',
  EMFILE: 'cannot be opened: this process may have no more files open (ulimit -n)',
  EIO: 'cannot be read or written (EIO): the disk may be failing',
}

/** The code of an error of Node's, or of the operating system's; '' for what has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What is wrong with a path, and what to do, to follow the path in a sentence; undefined for what is no matter of files. */
export const fileTrouble = (error: unknown): string | undefined => advice[codeOf(error)]
