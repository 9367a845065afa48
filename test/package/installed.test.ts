import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chatsInPages, conversationInPages } from '../browser/chat-scenarios.ts'
import { bundlePage } from '../support/browser/bundle-page.ts'
import { chromiumIsMissing } from '../support/browser/chromium.ts'
import { openPageServer } from '../support/browser/page-server.ts'
import { usePagesOf } from '../support/browser/use-pages.ts'
import { registryIsMissing } from '../support/package/npm.ts'
import { type PackedClient, usePackedClient } from '../support/package/packed-client.ts'
import { openVitePages } from '../support/package/vite-pages.ts'
import { contentsOfPackage } from './contents.ts'
import { applicationsOfNode } from './node-applications.ts'
import { typedApplications } from './typed-applications.ts'

const page = new URL('../browser/pages/chat-page.ts', import.meta.url)

/** Its files alone, with nothing between them and the browser but a page that imports the bundle. */
const openBundlePage = async (client: PackedClient) => {
  const fromBundle = {
    name: 'the SDK is a file beside the page',
    resolveId: (source: string) =>
      source.startsWith('@backscroll/client') ? { id: './bundle.min.js', external: true } : undefined,
  }
  const { files } = await bundlePage(page, [fromBundle])
  const bundle = await readFile(join(client.package, 'bundle.min.js'), 'utf8')
  return openPageServer(new Map([...files, ['bundle.min.js', bundle]]))
}

describe.skipIf(registryIsMissing() !== undefined)('The package of the SDK', () => {
  const client = usePackedClient()

  describe('holds', () => contentsOfPackage(client))
  describe('has types with which applications', () => typedApplications(client))
  describe('lets a program', () => applicationsOfNode(client))

  describe.skipIf(chromiumIsMissing() !== undefined)('lets the pages of a Vite project in Chromium', () => {
    const pages = usePagesOf(() => openVitePages(client().plain, page))
    it('be built without a warning', () => expect(pages.server().warnings).toEqual([]))
    chatsInPages(pages)
  })

  describe.skipIf(chromiumIsMissing() !== undefined)('lets pages that load its bundle in Chromium', () => {
    conversationInPages(usePagesOf(() => openBundlePage(client())))
  })
})
