import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'

export interface Bundle {
  /** What a page loads, by name; the first is the entry. */
  readonly files: ReadonlyMap<string, string>
  /** Modules that the entry cannot begin without, and that are not in the bundle. */
  readonly imports: readonly string[]
  /** The same of those that are fetched when they are needed. */
  readonly lazyImports: readonly string[]
}

/** A program for a page and all that it imports, as an application's bundler puts it together. `entry`: its address. */
export const bundlePage = async (entry: URL, plugins: readonly Plugin[] = []): Promise<Bundle> => {
  const input = fileURLToPath(entry)
  const build = await rolldown({ input, platform: 'browser', logLevel: 'silent', plugins: [...plugins] })
  const { output } = await build.generate({ format: 'esm', entryFileNames: 'page.js', minify: true })
  await build.close()
  const chunks = output.filter((part) => part.type === 'chunk')
  const files = new Map(chunks.map(({ fileName, code }) => [fileName, code]))
  const outside = (names: readonly string[]) => names.filter((name) => !files.has(name))
  return {
    files,
    imports: chunks.flatMap((chunk) => outside(chunk.imports)),
    lazyImports: chunks.flatMap((chunk) => outside(chunk.dynamicImports)),
  }
}
