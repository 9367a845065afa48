import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { pagesOf } from '../../adapters/sql/table-rows.ts'
import type { Tables } from '../../adapters/sql/tables.ts'
import type { MediaStore } from '../../ports/media-store.ts'

interface WholeFile {
  readonly id: string
  readonly size: number
  readonly hash: string
}

type Stage = (total: number) => (done: number) => void

const filesOf = async (accounts: Kysely<Tables>): Promise<readonly WholeFile[]> => {
  const files: WholeFile[] = []
  for await (const rows of pagesOf(accounts, 'media', ['id']))
    for (const { id, size, hash } of rows) files.push({ id: String(id), size: Number(size), hash: String(hash) })
  return files
}

const hashIn = async (store: MediaStore, { id, size }: WholeFile): Promise<string | undefined> => {
  try {
    const hash = createHash('sha256')
    for await (const chunk of store.read(id, 0, size)) hash.update(chunk)
    return hash.digest('hex')
  } catch {
    return undefined
  }
}

const copy = async (source: MediaStore, target: MediaStore, { id, size }: WholeFile): Promise<void> => {
  let file = { id, size, received: 0, parts: null as string | null }
  await target.append(file, source.read(id, 0, size), async (received, parts) => {
    file = { ...file, received, parts }
  })
  await target.finish(file)
}

/** Copies the files that the target lacks, or holds with other bytes. Returns the number of copied files. */
export const copyMedia = async (
  accounts: Kysely<Tables>,
  source: MediaStore,
  target: MediaStore,
  stage: Stage,
): Promise<number> => {
  const files = await filesOf(accounts)
  const progress = stage(files.length)
  let copied = 0
  for (const [index, file] of files.entries()) {
    if ((await hashIn(target, file)) !== file.hash) {
      await copy(source, target, file)
      copied += 1
    }
    progress(index + 1)
  }
  return copied
}

/** Counts the complete files in the source, and lists those that the target lacks or holds with other bytes. */
export const compareMedia = async (
  accounts: Kysely<Tables>,
  target: MediaStore,
  stage: Stage,
): Promise<{ readonly files: number; readonly differing: readonly string[] }> => {
  const files = await filesOf(accounts)
  const progress = stage(files.length)
  const differing: string[] = []
  for (const [index, file] of files.entries()) {
    if ((await hashIn(target, file)) !== file.hash) differing.push(file.id)
    progress(index + 1)
  }
  return { files: files.length, differing }
}
