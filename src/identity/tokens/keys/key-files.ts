import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../../../runtime/sync-directory.ts'

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const writeDraft = async (file: string, content: string): Promise<string> => {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, content, { mode: 0o600, flag: 'wx', flush: true })
  return draft
}

/** Undefined when there is no such file. */
export const readIfThere = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  })

/** Writes a whole file or none, durably, and never over one that another process wrote first. */
const writeOnce = async (file: string, content: string): Promise<void> => {
  const draft = await writeDraft(file, content)
  await link(draft, file).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  await rm(draft)
  await syncDirectory(dirname(file))
}

/** Replaces the old file by a whole new one, durably: a reader sees one or the other. Readable by the owner alone. */
export const replaceFile = async (file: string, content: string): Promise<void> => {
  await rename(await writeDraft(file, content), file)
  await syncDirectory(dirname(file))
}

/**
 * The content of the file; `create` makes it when it does not exist yet. Processes that do so at the same time get
 * the same content.
 */
export const readOrCreate = async (file: string, create: () => Promise<string> | string): Promise<string> => {
  const existing = await readIfThere(file)
  if (existing !== undefined) return existing
  await writeOnce(file, await create())
  return readFile(file, 'utf8')
}
