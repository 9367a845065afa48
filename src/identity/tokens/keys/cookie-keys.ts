import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { readOrCreate } from './key-files.ts'
import { keyFiles } from './local-keys.ts'

const schema = z.array(z.string().min(32)).min(1)

/**
 * The secrets that sign cookies; the first one signs. They are made when they do not exist yet, readable by their
 * owner alone.
 */
export const readCookieKeys = async (directory: string): Promise<readonly string[]> => {
  makeDirectory(directory, 0o700)
  const create = () => JSON.stringify([randomBytes(32).toString('base64url')])
  return schema.parse(JSON.parse(await readOrCreate(keyFiles(directory).cookies, create)))
}
