import { readFile } from 'node:fs/promises'
import { fetchMlsVectors } from './peer-process.ts'

export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Reads a file of vectors by its name; those of other cipher suites than ours are left out. */
export type ReadVectors = <Vector>(name: string) => Promise<readonly Vector[]>

/** The test vectors of the MLS working group (mlswg/mls-implementations), as a published crate carries them. */
export const openMlsVectors = async (): Promise<ReadVectors> => {
  const folder = await fetchMlsVectors()
  return async <Vector>(name: string): Promise<readonly Vector[]> => {
    const all: (Vector & { readonly cipher_suite?: number })[] = JSON.parse(
      await readFile(`${folder}${name}.json`, 'utf8'),
    )
    const ours = all.filter(({ cipher_suite }) => cipher_suite === undefined || cipher_suite === 1)
    if (ours.length === 0) throw new Error(`${name} has no vectors`)
    return ours
  }
}

/** The whole of the bytes, decoded. */
export const decodeAll = <Value>(
  decode: (bytes: Uint8Array, offset: number) => [Value, number] | undefined,
  hex: string,
): Value => {
  const bytes = fromHex(hex)
  const decoded = decode(bytes, 0)
  if (decoded === undefined || decoded[1] !== bytes.length) throw new Error(`Cannot be decoded: ${hex.slice(0, 80)}`)
  return decoded[0]
}
