import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { readIfThere } from './key-files.ts'

const setting = 'BACKSCROLL_JWKS_FILE'

/** Throws where it is none. */
const parse = (text: string): void => {
  const keys: JSONWebKeySet = JSON.parse(text)
  createLocalJWKSet(keys)
}

/** At the start: with a file that is no key set nobody could sign in. Rejects with an `OperatorError`. */
export const checkKeyFile = async (file: string): Promise<void> => {
  const text = await readIfThere(file).catch(() => undefined)
  if (text === undefined) throw new OperatorError(`${setting} cannot be read: check the path and who may read it`)
  try {
    parse(text)
  } catch {
    // Nothing of it is repeated: it may hold a private key by mistake.
    throw new OperatorError(`${setting} is no JSON Web Key Set, as {"keys": [...]} is`)
  }
}
