import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Readable text that must turn up nowhere. In the alphabet of base64, so that it passes for that as it stands. */
export const canary = 'AReadableSecretThatNobodyStores'

/** At each of the three places that it can have in a group of three bytes, and more often than the border of a page can cut it. */
export const canaryText = Array.from({ length: 4 }, () => canary).join(' ')

const base64At = (text: string, at: number): string =>
  Buffer.from(' '.repeat(at) + text)
    .toString('base64')
    .slice(4, -8)

/** What to look for: the bytes themselves, and what stands for them in base64, wherever it begins, and in hex. */
const formsOf = (text: string): readonly (readonly [form: string, bytes: Buffer])[] => {
  const hex = Buffer.from(text).toString('hex')
  const encoded = [0, 1, 2].map((at) => base64At(text, at))
  const urlSafe = encoded.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'))
  return [
    ['as it is', Buffer.from(text)],
    ['taken for base64', Buffer.from(text, 'base64').subarray(0, -2)],
    ...[...new Set([...encoded, ...urlSafe])].map((one) => ['in base64', Buffer.from(one)] as const),
    ...[hex, hex.toUpperCase()].map((one) => ['in hex', Buffer.from(one)] as const),
  ]
}

/** Things that are searched, by name. */
export type Places = ReadonlyMap<string, Buffer>

/** Where a text of at least 12 ASCII characters stands, and how. */
export const findText = (text: string, places: Places): readonly string[] =>
  [...places].flatMap(([place, bytes]) =>
    formsOf(text).flatMap(([form, trace]) => (bytes.includes(trace) ? [`${place}: ${form}`] : [])),
  )

/** Every file below a directory. */
export const filesOf = async (directory: string): Promise<Places> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(directory, path), await readFile(path)] as const)),
  )
}
