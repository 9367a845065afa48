import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type InputOptions, type OutputAsset, type OutputChunk, type Plugin, rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import { leaveOutAbsentModules } from './absent-modules.ts'
import { leaveOutJsonSchema } from './json-schema.ts'
import {
  bundleName,
  entriesOf,
  isExternal,
  packageFolder,
  publishedManifest,
  readManifest,
  type SourceManifest,
} from './manifests.ts'
import { noticesOf } from './notices.ts'

const folder = fileURLToPath(packageFolder)
const root = fileURLToPath(new URL('../../', packageFolder))
/** Nothing newer than the oldest Node that the package runs in; a browser that has Ed25519 is newer. */
const common = {
  cwd: folder,
  logLevel: 'warn',
  checks: { bundlerTimings: false },
  transform: { target: 'es2023' },
} as const satisfies InputOptions

const modulesIn = (output: readonly (OutputChunk | OutputAsset)[]): readonly string[] =>
  output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))

/** One file and its types for each entry of the manifest, and what they share. */
const buildEntries = async (out: string, manifest: SourceManifest): Promise<readonly string[]> => {
  const types = dts({ cwd: folder, tsconfig: join(folder, 'tsconfig.json'), generator: 'tsc' })
  const build = await rolldown({
    ...common,
    input: Object.fromEntries(entriesOf(manifest)),
    external: (source) => isExternal(manifest, source),
    platform: 'neutral',
    plugins: [leaveOutAbsentModules, types],
  })
  const { output } = await build.write({ dir: out, format: 'esm', chunkFileNames: 'shared/[name]-[hash].js' })
  await build.close()
  return modulesIn(output)
}

const bundleEntry = '\0bundle'
const bundleCode = ['index', 'browser']
  .map((name) => `export * from ${JSON.stringify(join(folder, 'src', `${name}.ts`))}`)
  .join('\n')

const bundleOf: Plugin = {
  name: 'the bundle of a page',
  resolveId: (source) => (source === bundleEntry ? source : undefined),
  load: (id) => (id === bundleEntry ? bundleCode : undefined),
}

/** Everything that a page needs, in one file that imports nothing. */
const buildBundle = async (out: string, { version }: SourceManifest): Promise<readonly string[]> => {
  const build = await rolldown({
    ...common,
    input: { [`${bundleName}.min`]: bundleEntry },
    platform: 'browser',
    plugins: [leaveOutAbsentModules, leaveOutJsonSchema, bundleOf],
  })
  const postBanner = `/*! @backscroll/client ${version}, MIT; of others: THIRD-PARTY-NOTICES.md of the package */`
  const { output } = await build.write({ dir: out, format: 'esm', minify: true, codeSplitting: false, postBanner })
  await build.close()
  writeFileSync(join(out, `${bundleName}.d.ts`), "export * from './index.js'\nexport * from './browser.js'\n")
  return modulesIn(output)
}

/** Writes the package as it is published into a folder of its own, anew. */
export const buildClient = async (out: string): Promise<void> => {
  const manifest = readManifest()
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const modules = [...(await buildEntries(out, manifest)), ...(await buildBundle(out, manifest))]
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
  writeFileSync(join(out, 'THIRD-PARTY-NOTICES.md'), noticesOf(modules))
  copyFileSync(join(folder, 'README.md'), join(out, 'README.md'))
  copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'))
}
