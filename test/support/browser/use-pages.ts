import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { type ClientWorld, openClientWorld } from '../client/client-world.ts'
import { bundlePage } from './bundle-page.ts'
import { useChromium } from './chromium.ts'
import { openPageServer, type PageServer } from './page-server.ts'

export interface Pages {
  readonly world: () => ClientWorld
  readonly server: () => PageServer
  /** What one person's browser keeps: stores, keys, sign-ins. Its pages may ask for tokens of anybody, as `issueToken(user, device)`. */
  browserOf(): Promise<BrowserContext>
  /** A page in it; a new browser when none is given. `origin`: default, the one that the server allows. */
  open(context?: BrowserContext, origin?: string): Promise<Page>
}

/** A real server, a real browser, and an application's page between them, for all tests of a `describe`. */
export const usePages = (entry: URL, env: Readonly<Record<string, string>> = {}): Pages => {
  const chromium = useChromium()
  let pages: PageServer | undefined
  let world: ClientWorld | undefined
  const opened = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('The server is there while tests run')
    return value
  }
  beforeAll(async () => {
    pages = await openPageServer((await bundlePage(entry)).files)
    world = await openClientWorld({ BACKSCROLL_CORS_ORIGINS: pages.origin, BACKSCROLL_RECEIPT_WINDOW_MS: '20', ...env })
  })
  afterAll(async () => {
    await world?.close()
    await pages?.close()
  })
  const browserOf = async () => {
    const context = await chromium.browser().newContext()
    await context.exposeFunction('issueToken', opened(world).token)
    return context
  }
  return {
    world: () => opened(world),
    server: () => opened(pages),
    browserOf,
    open: async (context, origin = opened(pages).origin) => {
      const page = await (context ?? (await browserOf())).newPage()
      await page.goto(origin)
      return page
    },
  }
}
