import { readFile, stat } from 'node:fs/promises'
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** Where the public keys come from that may sign tokens: a JWKS file, or a JWKS URL. */
export type KeySource = { readonly file: string } | { readonly jwksUrl: string }

/** The keys cannot be read now. This says nothing about the token. */
export class KeySetUnavailable extends Error {
  override readonly name = 'KeySetUnavailable'
}

const aboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported

/** Separates "no such key" from "no keys", which is the server's trouble and no reason to call a token forged. */
const guarded =
  (getKey: JWTVerifyGetKey): JWTVerifyGetKey =>
  async (header, token) => {
    try {
      return await getKey(header, token)
    } catch (error) {
      if (aboutTheToken(error)) throw error
      throw new KeySetUnavailable('The key set cannot be read', { cause: error })
    }
  }

const readKeySet = async (file: string) => {
  const parsed: JSONWebKeySet = JSON.parse(await readFile(file, 'utf8'))
  return createLocalJWKSet(parsed)
}

/** How often, in milliseconds, the file is checked for a change: a rotated or withdrawn key counts within this time. */
const lookInterval = 1000

const fileKeys = (file: string, now: () => number): JWTVerifyGetKey => {
  let loaded: { readonly version: string; readonly keys: ReturnType<typeof createLocalJWKSet> } | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const look = async () => {
    if (loaded !== undefined && now() - lookedAt < lookInterval) return loaded.keys
    const { mtimeMs, size, ino } = await stat(file)
    const version = `${mtimeMs}/${size}/${ino}`
    if (loaded?.version !== version) loaded = { version, keys: await readKeySet(file) }
    lookedAt = now()
    return loaded.keys
  }
  return async (header, token) => (await look())(header, token)
}

const remoteKeys = (url: string): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), { cooldownDuration: 5000, cacheMaxAge: 600_000, timeoutDuration: 5000 })

/**
 * Finds the key for a token's header. Follows rotation: a changed file is read again, and an unknown `kid` asks the
 * URL again.
 */
export const createKeySet = (source: KeySource, now: () => number): JWTVerifyGetKey =>
  guarded('file' in source ? fileKeys(source.file, now) : remoteKeys(source.jwksUrl))
