import { createHash, randomBytes } from 'node:crypto'

/** Letters and digits that do not look alike. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const count = 10
const length = 12

/**
 * 59 bits: with the limits on guessing, a fast hash is enough. Bytes that would make some letters likelier are left
 * out.
 */
const newCode = (): string => {
  const letters: string[] = []
  while (letters.length < length)
    for (const byte of randomBytes(length)) if (byte < 248) letters.push(alphabet[byte % alphabet.length] ?? '')
  return letters.slice(0, length).join('')
}

const plain = (typed: string): string => typed.toLowerCase().replace(/[^a-z0-9]/g, '')

export const isRecoveryCode = (typed: string): boolean => plain(typed).length === length

/** A hash for this user alone: the same code of two users has two hashes. */
export const hashRecoveryCode = (userId: string, typed: string): string =>
  createHash('sha256')
    .update(`recovery\0${userId}\0${plain(typed)}`)
    .digest('base64url')

/** Ten, as people write them down. */
export const newRecoveryCodes = (): readonly string[] =>
  Array.from({ length: count }, () => newCode().replace(/(.{4})(?=.)/g, '$1-'))
