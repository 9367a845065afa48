import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What is wrong with a blob of a data directory; undefined when its file matches its hash. Reads only. */
export const blobTrouble = async (dataDirectory: string, hash: string): Promise<'missing' | 'damaged' | undefined> => {
  try {
    const bytes = await readFile(join(dataDirectory, 'blobs', hash.slice(0, 2), hash))
    return createHash('sha256').update(bytes).digest('hex') === hash ? undefined : 'damaged'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing'
    return 'damaged'
  }
}
