import { existsSync, globSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { parseSync } from 'rolldown/utils'
import { expect, it } from 'vitest'
import { packageFolder, packageOf, readManifest } from '../../scripts/build-client/manifests.ts'
import type { PackedClient } from '../support/package/packed-client.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The compressed size of a page's bundle. Growth beyond it needs a reason. */
const budget = 210_000

const beginOf = (name: string): string => name.replace(/^shared\/.*(\.d\.ts|\.js)$/, 'shared/*$1')

/** What a file imports and exports from outside of the package, also types. */
const asksFor = (name: string, code: string): readonly string[] => {
  const { module, errors } = parseSync(name, code, { sourceType: 'module' })
  expect(errors).toEqual([])
  const { staticImports, staticExports, dynamicImports } = module
  const named = [...staticImports, ...staticExports.flatMap(({ entries }) => entries)].flatMap(
    ({ moduleRequest }) => moduleRequest?.value ?? [],
  )
  const lazy = dynamicImports.map(({ moduleRequest: { start, end } }) => code.slice(start + 1, end - 1))
  return [...named, ...lazy].filter((source) => !source.startsWith('.')).map(packageOf)
}

export const contentsOfPackage = (client: () => PackedClient): void => {
  const read = (name: string): string => readFileSync(join(client().package, name), 'utf8')

  it('its entries with their types, one bundle, licences and a README, and nothing else', () => {
    const entries = Object.values(readManifest().exports).map((source) => source.replace(/^.*\/|\.tsx?$/g, ''))
    const kinds = new Set(client().files.map(beginOf))
    expect([...kinds].toSorted()).toEqual(
      [
        ...entries.flatMap((name) => [`${name}.js`, `${name}.d.ts`]),
        ...['bundle.min.js', 'bundle.d.ts', 'shared/*.js', 'shared/*.d.ts'],
        ...['LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.md', 'package.json'],
      ].toSorted(),
    )
  })

  it('no path of this machine, no key and no other file than its own', () => {
    for (const name of client().files) {
      const text = read(name)
      for (const place of [root, homedir(), tmpdir(), 'file://', 'sourceMappingURL'])
        expect(text.includes(place), `${place} in ${name}`).toBe(false)
      expect(text, name).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY-----/)
    }
  })

  it('what it imports, or names it as a dependency; its types ask for no package but zod', () => {
    const { dependencies, peerDependencies } = JSON.parse(read('package.json'))
    const asked = (ending: string) =>
      new Set(
        client()
          .files.filter((name) => name.endsWith(ending))
          .flatMap((name) => asksFor(name, read(name))),
      )
    const outside = [...asked('.js')].filter((name) => !name.startsWith('node:'))
    expect(outside.toSorted()).toEqual([...Object.keys({ ...dependencies, ...peerDependencies })].toSorted())
    expect([...asked('.d.ts')].filter((name) => !(name in peerDependencies))).toEqual(['zod'])
    expect(asksFor('bundle.min.js', read('bundle.min.js'))).toEqual([])
  })

  it('has optional peers for what only some applications need', () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(read('package.json'))
    for (const name of Object.keys(peerDependencies)) expect(peerDependenciesMeta[name]).toEqual({ optional: true })
    expect(existsSync(join(client().plain, 'node_modules/better-sqlite3'))).toBe(false)
  })

  it('ts-mls with the patch of this project', () => {
    const patch = readFileSync(join(root, 'patches/ts-mls+1.6.4.patch'), 'utf8')
    expect(patch).toContain('+                        if (!dpNode.parent.unmergedLeaves.includes(unmergedLeaf))')
    expect(read('index.js')).toContain('unmergedLeaves.includes(unmergedLeaf)')
    expect(read('bundle.min.js')).toContain('.parent.unmergedLeaves.includes(')
  })

  it('the licence of everything that is bundled', () => {
    const notices = read('THIRD-PARTY-NOTICES.md')
    const names = ['@hpke/common', '@hpke/core', '@noble/hashes', 'ts-mls', 'uuid', 'zod']
    expect(
      [...notices.matchAll(/^## (\S+) [\d.]+ \(MIT(?:, changed by Backscroll)?\)$/gm)].map(([, name]) => name),
    ).toEqual(names)
    expect(notices).toContain('ts-mls 1.6.4 (MIT, changed by Backscroll)')
    expect(notices.match(/Copyright/g)?.length).toBeGreaterThanOrEqual(names.length)
  })

  it('the version of the manifest, which the SDK tells the server', () => {
    const { version } = readManifest()
    expect(JSON.parse(read('package.json')).version).toBe(version)
    expect(read('index.js')).toContain(`const sdkVersion = "${version}"`)
  })

  it('a bundle within its budget, whose size the guide tells', () => {
    const size = gzipSync(read('bundle.min.js'), { level: 9 }).length
    expect(size).toBeLessThan(budget)
    const guide = readFileSync(join(root, 'docs/guide/client-developers.md'), 'utf8')
    const told = Number(/(\d+) kB \(gzip\)/.exec(guide)?.[1]) * 1000
    expect(Math.abs(told - size) / size).toBeLessThan(0.05)
  })

  it('a manifest with which publint finds nothing wrong', async () => {
    const { messages } = await publint({ pkgDir: client().package, strict: true, pack: false })
    expect(messages).toEqual([])
  })

  it('no test, and what its README names is there', () => {
    const sources = globSync('src/**/*.test.ts', { cwd: packageFolder })
    expect(sources).toEqual([])
    const named = [...read('README.md').matchAll(/`@backscroll\/client(\/[\w-]+)?`/g)].map(
      ([, name = '']) => `.${name}`,
    )
    const { exports } = JSON.parse(read('package.json'))
    expect(named.filter((name) => !(name in exports))).toEqual([])
  })
}
