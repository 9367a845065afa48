import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Sealer } from '../../../ports/identity/sealer.ts'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { readOrCreate } from './key-files.ts'
import { keyFiles } from './local-keys.ts'

const schema = z.array(z.base64url().length(43)).min(1)
const algorithm = 'aes-256-gcm'
const [nonceBytes, tagBytes] = [12, 16]

/**
 * The keys that seal secrets in the accounts database; the first one seals. They are made when they do not exist
 * yet, readable by their owner alone.
 */
export const readSealingKeys = async (directory: string): Promise<readonly Buffer[]> => {
  makeDirectory(directory, 0o700)
  const create = () => JSON.stringify([randomBytes(32).toString('base64url')])
  const keys = schema.parse(JSON.parse(await readOrCreate(keyFiles(directory).sealing, create)))
  return keys.map((key) => Buffer.from(key, 'base64url'))
}

const seal = (key: Buffer, text: string, context: string): string => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(context))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

const open = (key: Buffer, bytes: Buffer, context: string): string | undefined => {
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** Seals under keys in the key directory, which are read, or made, at first use. */
export const createSealer = (directory: string): Sealer => {
  let reading: Promise<readonly Buffer[]> | undefined
  const keys = (): Promise<readonly Buffer[]> => {
    reading ??= readSealingKeys(directory).catch((error: unknown) => {
      reading = undefined
      throw error
    })
    return reading
  }
  return {
    seal: async (text, context) => {
      const [first] = await keys()
      if (first === undefined) throw new Error('there is no sealing key')
      return seal(first, text, context)
    },
    open: async (sealed, context) => {
      const bytes = Buffer.from(sealed, 'base64url')
      for (const key of await keys()) {
        const text = open(key, bytes, context)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}
