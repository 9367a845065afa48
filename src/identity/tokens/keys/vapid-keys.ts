import { createECDH } from 'node:crypto'
import { z } from 'zod'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { readOrCreate } from './key-files.ts'
import { keyFiles } from './local-keys.ts'

const schema = z.object({ publicKey: z.base64url().length(87), privateKey: z.base64url().length(43) })

/** The key pair (P-256) by which browsers' push services recognise this server. Base64url. */
export type VapidKeys = z.output<typeof schema>

const create = (): string => {
  const pair = createECDH('prime256v1')
  const publicKey = pair.generateKeys('base64url')
  // Padded, because leading zeros are part of the key.
  const privateKey = pair.getPrivateKey('hex').padStart(64, '0')
  return JSON.stringify({ publicKey, privateKey: Buffer.from(privateKey, 'hex').toString('base64url') })
}

/** Whether the text of the file holds a private key and its own public key. */
export const isVapidPair = (text: string): boolean => {
  try {
    const { publicKey, privateKey } = schema.parse(JSON.parse(text))
    const pair = createECDH('prime256v1')
    pair.setPrivateKey(privateKey, 'base64url')
    return pair.getPublicKey('base64url') === publicKey
  } catch {
    return false
  }
}

/**
 * Made when it does not exist yet, readable by its owner alone. Browsers subscribe for this key: with another one every
 * subscription is worthless.
 */
export const readVapidKeys = async (directory: string): Promise<VapidKeys> => {
  makeDirectory(directory, 0o700)
  return schema.parse(JSON.parse(await readOrCreate(keyFiles(directory).vapid, create)))
}
