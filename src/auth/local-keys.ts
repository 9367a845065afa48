import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'

/** A server's own signing key. `jwksFile` holds the public half, for `createTokenVerifier`. */
export interface LocalKeys {
  readonly jwksFile: string
  readonly kid: string
  readonly privateKey: CryptoKey
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const createKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' }
}

/** Writes a whole file or none, and never over one that another process was faster to write. */
const writeOnce = async (file: string, content: string): Promise<void> => {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, content, { mode: 0o600, flag: 'wx', flush: true })
  await link(draft, file).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  await rm(draft)
}

const readOrCreate = async (file: string): Promise<JWK> => {
  const existing = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (existing !== undefined) return JSON.parse(existing)
  await writeOnce(file, JSON.stringify(await createKey()))
  return JSON.parse(await readFile(file, 'utf8'))
}

const publicHalf = ({ d: _, ...jwk }: JWK): JWK => jwk

/**
 * The key pair in `directory` (Ed25519), made when it is not there yet: `private.jwk.json`, readable by its owner alone, and `jwks.json`,
 * which may be extended by more public keys. Several processes may call it at once; all get the same key.
 */
export const createLocalKeys = async (directory: string): Promise<LocalKeys> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const privateFile = join(directory, 'private.jwk.json')
  const jwksFile = join(directory, 'jwks.json')
  const jwk = await readOrCreate(privateFile)
  await chmod(privateFile, 0o600)
  await writeOnce(jwksFile, JSON.stringify({ keys: [publicHalf(jwk)] }))
  const privateKey = await importJWK(jwk, 'EdDSA')
  if (privateKey instanceof Uint8Array || jwk.kid === undefined) throw new Error(`${privateFile} is no signing key`)
  return { jwksFile, kid: jwk.kid, privateKey }
}
