import type { BrowserContext, Page } from 'playwright-core'
import type { Plugin } from 'rolldown'
import { afterAll, beforeAll } from 'vitest'
import { type ClientWorld, openClientWorld } from '../client/client-world.ts'
import { bundlePage } from './bundle-page.ts'
import { useChromium } from './chromium.ts'
import { openPageServer, type PageServer } from './page-server.ts'
import { openUnownedPage, type UnownedPage } from './unowned-page.ts'

export interface Pages<Server> {
  readonly world: () => ClientWorld
  readonly server: () => Server
  /** What one person's browser keeps: stores, keys, sign-ins. Its pages may ask for tokens of anybody, as `issueToken(user, device)`. */
  browserOf(): Promise<BrowserContext>
  /** A page in it; a new browser when none is given. `origin`: default, the one that the server allows. */
  open(context?: BrowserContext, origin?: string): Promise<Page>
  /** One in a new browser that can be frozen, and that Playwright knows nothing of. */
  openUnowned(): Promise<UnownedPage>
}

/** A real server, a real browser, and the pages of an application between them, for all tests of a `describe`. */
export const usePagesOf = <Server extends Pick<PageServer, 'origin' | 'close'>>(
  serve: () => Promise<Server>,
): Pages<Server> => {
  const chromium = useChromium()
  let pages: Server | undefined
  let world: ClientWorld | undefined
  const opened = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('The server is there while tests run')
    return value
  }
  beforeAll(async () => {
    pages = await serve()
    world = await openClientWorld({ BACKSCROLL_CORS_ORIGINS: pages.origin, BACKSCROLL_RECEIPT_WINDOW_MS: '20' })
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
    openUnowned: () => openUnownedPage(chromium.browser(), opened(pages).origin),
    open: async (context, origin = opened(pages).origin) => {
      const page = await (context ?? (await browserOf())).newPage()
      await page.goto(origin)
      return page
    },
  }
}

/** The same with a page that is bundled from the sources. `entry`: its address. */
export const usePages = (entry: URL, plugins: readonly Plugin[] = []): Pages<PageServer> =>
  usePagesOf(async () => openPageServer((await bundlePage(entry, plugins)).files))
