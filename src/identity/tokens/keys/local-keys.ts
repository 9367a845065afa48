import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { readOrCreate } from './key-files.ts'

/** A server's own signing key. `jwksFile` holds the public half, for `createTokenVerifier`. */
export interface LocalKeys {
  readonly jwksFile: string
  readonly kid: string
  readonly privateKey: CryptoKey
}

export const keyFiles = (directory: string) => ({
  signing: join(directory, 'private.jwk.json'),
  published: join(directory, 'jwks.json'),
  retired: join(directory, 'retired.json'),
  cookies: join(directory, 'cookies.json'),
  sealing: join(directory, 'sealing.json'),
  vapid: join(directory, 'vapid.json'),
})

export const createKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' }
}

export const publicHalf = ({ d: _, ...jwk }: JWK): JWK => jwk

/**
 * A key file that was copied here may be readable by others. One that is not is left alone, because the directory
 * may be read-only.
 */
const closeToOthers = async (file: string): Promise<void> => {
  // Windows has no such bits: there the directory's access list says who may read.
  if (process.platform === 'win32') return
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) await chmod(file, 0o600)
}

/** The private key that signs now, made when there is none yet. A secret: never log it. */
export const readSigningKey = async (directory: string): Promise<JWK> => {
  makeDirectory(directory, 0o700)
  const { signing } = keyFiles(directory)
  const jwk: JWK = JSON.parse(await readOrCreate(signing, async () => JSON.stringify(await createKey())))
  await closeToOthers(signing)
  return jwk
}

/**
 * The key pair in `directory` (Ed25519), made when it does not exist yet: `private.jwk.json`, readable by its owner
 * alone, and `jwks.json`, to which more public keys may be added. Several processes may call it at once; all get
 * the same key. Nothing is written where both exist.
 */
export const createLocalKeys = async (directory: string): Promise<LocalKeys> => {
  const jwk = await readSigningKey(directory)
  const { signing, published: jwksFile } = keyFiles(directory)
  await readOrCreate(jwksFile, () => JSON.stringify({ keys: [publicHalf(jwk)] }))
  const privateKey = await importJWK(jwk, 'EdDSA')
  if (privateKey instanceof Uint8Array || jwk.kid === undefined) throw new Error(`${signing} is no signing key`)
  return { jwksFile, kid: jwk.kid, privateKey }
}
