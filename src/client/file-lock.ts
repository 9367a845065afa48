import { readFile, rm, writeFile } from 'node:fs/promises'
import { BackscrollError } from './backscroll-error.ts'

const codeOf = (thrown: unknown): unknown => (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined)

/** False for a process that is gone, and for a number that is none. */
const isAlive = (pid: number): boolean => {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM'
  }
}

const create = async (path: string): Promise<boolean> => {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false
    throw thrown
  }
}

const ownerOf = async (path: string): Promise<number> => Number(await readFile(path, 'utf8').catch(() => ''))

/**
 * A file that names the process that holds it; one that is left by a process that died is taken over. Two clients over one store would use a key
 * twice, so the second is refused with `store_in_use`. Returns what gives it back.
 */
export const lockFile = async (path: string): Promise<() => Promise<void>> => {
  if (!(await create(path))) {
    if (isAlive(await ownerOf(path))) throw new BackscrollError('store_in_use')
    await rm(path, { force: true })
    if (!(await create(path))) throw new BackscrollError('store_in_use')
  }
  return () => rm(path, { force: true })
}
