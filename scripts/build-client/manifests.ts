import { readFileSync } from 'node:fs'

type Names = Readonly<Record<string, string>>

/** What the build reads of `packages/client/package.json`. */
export interface SourceManifest {
  readonly [field: string]: unknown
  readonly version: string
  /** Of each entry: its source. */
  readonly exports: Names
  readonly dependencies: Names
  readonly peerDependencies: Names
}

export const packageFolder = new URL('../../packages/client/', import.meta.url)

export const readManifest = (): SourceManifest =>
  JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8'))

/**
 * Nobody else publishes them as they are here: the protocol is a package of this workspace alone, and the patches of
 * `patches/` do not reach the dependencies of an application. What encrypts comes whole, as it was tested.
 */
const bundled = ['@backscroll/protocol', 'ts-mls', '@noble/hashes']

const isBundled = (name: string): boolean => bundled.includes(name)

/** `react/jsx-runtime` -> `react` */
export const packageOf = (source: string): string => {
  const [first = '', second = ''] = source.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** Whether the package leaves this import to the application's `node_modules`. */
export const isExternal = ({ dependencies, peerDependencies }: SourceManifest, source: string): boolean => {
  const name = packageOf(source)
  return source.startsWith('node:') || name in peerDependencies || (name in dependencies && !isBundled(name))
}

/** `./browser` and `./src/browser.ts` -> `browser`, the name of its files. */
export const entriesOf = ({ exports }: SourceManifest): readonly (readonly [name: string, source: string])[] =>
  Object.values(exports).map((source) => [source.replace(/^.*\/|\.tsx?$/g, ''), source])

/** Everything that a page needs, in one file. */
export const bundleName = 'bundle'

const files = (name: string, code = `${name}.js`) => ({ types: `./${name}.d.ts`, default: `./${code}` })

const exportsOf = (source: SourceManifest) => {
  const entries = entriesOf(source)
  const built = Object.keys(source.exports).map((path, index) => [path, files(entries[index]?.[0] ?? '')])
  return {
    ...Object.fromEntries(built),
    [`./${bundleName}`]: files(bundleName, `${bundleName}.min.js`),
    './package.json': './package.json',
  }
}

/** What is published, of the manifest that the workspace runs from. */
export const publishedManifest = (source: SourceManifest): Readonly<Record<string, unknown>> => {
  const { private: _private, exports: _exports, dependencies, ...facts } = source
  const left = Object.entries(dependencies).filter(([name]) => !isBundled(name))
  return { ...facts, sideEffects: false, exports: exportsOf(source), dependencies: Object.fromEntries(left) }
}
