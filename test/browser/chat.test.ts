import { isBuiltin } from 'node:module'
import { describe, expect, it } from 'vitest'
import { bundlePage } from '../support/browser/bundle-page.ts'
import { chromiumIsMissing } from '../support/browser/chromium.ts'
import { usePages } from '../support/browser/use-pages.ts'
import { chatsInPages, signInOfPages } from './chat-scenarios.ts'

const entry = new URL('./pages/chat-page.ts', import.meta.url)

it('A bundle of the SDK for browsers needs no module of Node, and starts with nothing from outside', async () => {
  const { imports, lazyImports } = await bundlePage(entry)
  expect(imports).toEqual([])
  // Comes from the HPKE library, for a platform without a global `crypto`. A browser never requests it.
  expect(lazyImports.filter(isBuiltin)).toEqual(['crypto'])
})

describe.skipIf(chromiumIsMissing() !== undefined)('Pages of an application in Chromium', () => {
  const pages = usePages(entry)
  chatsInPages(pages)
  signInOfPages(pages)
})
