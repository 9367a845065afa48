import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { bundleTests } from '../support/browser/bundle-tests.ts'
import { chromiumIsMissing, useChromium } from '../support/browser/chromium.ts'
import { openPageServer } from '../support/browser/page-server.ts'
import { type ClientWorld, openClientWorld } from '../support/client/client-world.ts'
import type { WorldServer } from './contract/in-page-world.ts'

/** Files of tests that run in Node as well; in the page each store is a real IndexedDB. `leftOut`: titles. */
const contracts = [
  { file: './contract/indexeddb-store.page.ts', least: 12, leftOut: [] },
  { file: '../integration/client/messages.test.ts', least: 8, leftOut: [] },
  { file: '../integration/client/groups/groups.test.ts', least: 5, leftOut: [] },
  {
    file: '../integration/client/connection/outages.test.ts',
    least: 4,
    leftOut: [
      // Both read a store while a client has it open, which the store of a page refuses.
      'takes a snapshot from a server with another log, and sends on under numbers that this one accepts [C3] [M3]',
      'asks for a new token when the server refuses the handshake, and stops when a newer connection replaces it [T2] [T5]',
      // About the server's memory and the SDK's own, which is the same everywhere.
      'holds a bounded number of events for a slow application, and still misses none P7',
    ],
  },
] as const satisfies readonly { file: string; least: number; leftOut: readonly string[] }[]

describe.skipIf(chromiumIsMissing() !== undefined)('In Chromium', () => {
  const chromium = useChromium()
  const cleanUps: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  })

  /** Opens servers for the page, which allow its origin. */
  const serveWorlds = async (page: Page, origin: string) => {
    const worlds: ClientWorld[] = []
    const of = (id: number): ClientWorld => {
      const world = worlds[id]
      if (world === undefined) throw new Error('no such world')
      return world
    }
    const server: WorldServer = {
      open: async (env) => {
        const world = await openClientWorld({ ...env, BACKSCROLL_CORS_ORIGINS: origin })
        return { id: worlds.push(world) - 1, url: world.url() }
      },
      token: (id, ...rest) => of(id).token(...rest),
      asAdmin: (id, ...rest) => of(id).asAdmin(...rest),
      restart: (id) => of(id).restart(),
      close: (id) => of(id).close(),
    }
    await page.exposeFunction('worldServer', (name: keyof WorldServer, ...rest: never[]) =>
      (server[name] as (...args: never[]) => unknown)(...rest),
    )
  }
  const openTests = async (file: string): Promise<Page> => {
    const pages = await openPageServer((await bundleTests(new URL(file, import.meta.url))).files)
    cleanUps.push(pages.close)
    const page = await chromium.browser().newPage()
    cleanUps.push(() => page.close())
    await serveWorlds(page, pages.origin)
    await page.goto(pages.origin)
    return page
  }

  it.each(contracts)('all of $file holds in a page', { timeout: 120_000 }, async ({ file, least, leftOut }) => {
    const page = await openTests(file)
    const outcomes = await page.evaluate((titles) => runTests(titles), leftOut)
    expect(outcomes.filter(({ isLeftOut }) => isLeftOut).map(({ title }) => title)).toEqual(leftOut)
    expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([])
    expect(outcomes.length).toBeGreaterThanOrEqual(least)
  })
})
