import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { buildClient } from '../../../scripts/build-client/build-client.ts'
import { npm } from './npm.ts'

export interface PackedClient {
  /** What is packed, and all that is in it: names, as in the tarball. */
  readonly package: string
  readonly files: readonly string[]
  /** An application that has installed the tarball and nothing else. */
  readonly plain: string
  /** One that has the native modules of the file store as well, and `ws` for Node 20. */
  readonly withStores: string
}

const root = new URL('../../../', import.meta.url)

/** The versions that this project itself runs with. */
const withVersions = async (names: readonly string[]): Promise<readonly string[]> => {
  const { dependencies } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
  return names.map((name) => `${name}@${dependencies[name]}`)
}

const installed = async (folder: string, packages: readonly string[]): Promise<string> => {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await npm(folder, ['install', '--ignore-scripts', ...packages])
  return folder
}

const pack = async (folder: string): Promise<PackedClient> => {
  const [built, plain, withStores] = ['package', 'plain', 'with-stores'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await buildClient(built)
  const [packed] = JSON.parse(await npm(folder, ['pack', built, '--json']))
  const tarball = join(folder, packed.filename)
  const others = await withVersions(['better-sqlite3', 'fs-native-extensions', 'ws'])
  await Promise.all([installed(plain, [tarball]), installed(withStores, [tarball, ...others])])
  return { package: built, plain, withStores, files: packed.files.map(({ path }: { path: string }) => path) }
}

/** The SDK as it is published, built and installed once for all tests of a `describe`, outside of this project. */
export const usePackedClient = (): (() => PackedClient) => {
  let folder: string | undefined
  let client: PackedClient | undefined
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backscroll-package-'))
    client = await pack(folder)
  }, 180_000)
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })
  return () => {
    if (client === undefined) throw new Error('The package is there while tests run')
    return client
  }
}
