import { createHmac, timingSafeEqual } from 'node:crypto'

const of = (key: string, uid: string): Buffer => createHmac('sha256', key).update(`passkey\0${uid}`).digest()

/**
 * What a passkey signs in this interaction, base64url: nobody can know it before, and an interaction is finished
 * once.
 */
export const passkeyChallenge = (keys: readonly string[], uid: string): string =>
  of(keys[0] ?? '', uid).toString('base64url')

export const isPasskeyChallenge = (keys: readonly string[], uid: string, given: string): boolean => {
  const bytes = Buffer.from(given, 'base64url')
  return keys.some((key) => bytes.length === 32 && timingSafeEqual(bytes, of(key, uid)))
}
