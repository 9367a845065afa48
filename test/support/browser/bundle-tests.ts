import { fileURLToPath } from 'node:url'
import type { Plugin } from 'rolldown'
import { type Bundle, bundlePage } from './bundle-page.ts'

const inPage = (name: string) => fileURLToPath(new URL(`../../browser/contract/in-page-${name}.ts`, import.meta.url))
const vitest = inPage('vitest')

/** Put in the place of what tests import. */
const standIns: readonly (readonly [RegExp, string])[] = [
  [/\/(use-)?client-world\.ts$/, inPage('world')],
  [/\/(memory|file)-store\.ts$/, inPage('stores')],
]

const forPages: Plugin = {
  name: 'tests for pages',
  resolveId: (source, importer) => {
    if (source === 'vitest') return importer === vitest ? undefined : vitest
    if (importer?.endsWith('.test.ts') !== true) return undefined
    return standIns.find(([wanted]) => wanted.test(source))?.[1]
  },
}

/** A file of tests as a page that runs them: `runAll` of `in-page-vitest`, as a global. `file`: its address. */
export const bundleTests = (file: URL): Promise<Bundle> => {
  const tests = fileURLToPath(file)
  const entry = new URL('../../browser/contract/in-page-entry.ts', import.meta.url)
  const start: Plugin = {
    name: 'the tests of a page',
    resolveId: (source) => (source.endsWith('/in-page-tests.ts') ? tests : undefined),
  }
  return bundlePage(entry, [start, forPages])
}
