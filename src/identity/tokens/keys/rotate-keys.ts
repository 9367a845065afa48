import type { JSONWebKeySet, JWK } from 'jose'
import { z } from 'zod'
import { readIfThere, replaceFile } from './key-files.ts'
import { createKey, createLocalKeys, keyFiles, publicHalf } from './local-keys.ts'

/** Until when (milliseconds since the Unix epoch) a key that no longer signs stays published. */
const retiredSchema = z.record(z.string(), z.number())

const readRetired = async (file: string): Promise<Readonly<Record<string, number>>> =>
  retiredSchema.parse(JSON.parse((await readIfThere(file)) ?? '{}'))

const pruned = (retired: Readonly<Record<string, number>>, now: number) =>
  Object.fromEntries(Object.entries(retired).filter(([, until]) => until > now))

const isGone = ({ kid = '' }: JWK, before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) =>
  Object.hasOwn(before, kid) && !Object.hasOwn(after, kid)

export interface Rotation {
  readonly kid: string
  readonly retiredKid: string
  /** How many expired keys were withdrawn. */
  readonly withdrawn: number
}

/**
 * Makes a new signing key. The old one no longer signs and stays published for `keepMs`, which must be longer than
 * its last tokens live. Running servers pick both up within a second, in the safe order: the new public key is
 * published before anything is signed.
 */
export const rotateKeys = async (directory: string, keepMs: number, now: number): Promise<Rotation> => {
  const { kid: retiredKid } = await createLocalKeys(directory)
  const files = keyFiles(directory)
  const before = await readRetired(files.retired)
  const after = { ...pruned(before, now), [retiredKid]: now + keepMs }
  const published: JSONWebKeySet = JSON.parse((await readIfThere(files.published)) ?? '{"keys":[]}')
  const key = await createKey()
  const kept = published.keys.filter((jwk) => !isGone(jwk, before, after))
  await replaceFile(files.published, JSON.stringify({ keys: [publicHalf(key), ...kept] }))
  await replaceFile(files.retired, JSON.stringify(after))
  await replaceFile(files.signing, JSON.stringify(key))
  return { kid: key.kid ?? '', retiredKid, withdrawn: published.keys.length - kept.length }
}
