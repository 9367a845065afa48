import { isBuiltin } from 'node:module'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { bundlePage } from '../support/browser/bundle-page.ts'
import { chromiumIsMissing } from '../support/browser/chromium.ts'
import { usePages } from '../support/browser/use-pages.ts'
import { password } from '../support/oauth/world.ts'
import type { ChatPage } from './pages/chat-page.ts'

const entry = new URL('./pages/chat-page.ts', import.meta.url)

const open = (page: Page, who: Parameters<ChatPage['open']>[0]) => page.evaluate((one) => chat.open(one), who)
const send = (page: Page, to: Parameters<ChatPage['send']>[0], text: string) =>
  page.evaluate(([whom, what]) => chat.send(whom, what), [to, text] as const)
const history = (page: Page, upTo: Parameters<ChatPage['history']>[0]) =>
  page.evaluate((one) => chat.history(one), upTo)
/** Resolves when the page has shown it. */
const shows = (page: Page, text: string) => page.waitForFunction((wanted) => chat.shown().includes(wanted), text)

it('A bundle of the SDK for browsers needs no module of Node, and starts with nothing from outside', async () => {
  const { imports, lazyImports } = await bundlePage(entry)
  expect(imports).toEqual([])
  // Of the HPKE library, for a platform that has no global `crypto`: never asked for in a browser.
  expect(lazyImports.filter(isBuiltin)).toEqual(['crypto'])
})

describe.skipIf(chromiumIsMissing() !== undefined)('Pages of an application in Chromium', () => {
  const pages = usePages(entry)

  it('run two people who begin a conversation, write to each other, and find all of it after a reload', async () => {
    const [ann, bob] = [await pages.open(), await pages.open()]
    const url = pages.world().url()
    expect(await open(bob, { url, userId: 'bob', deviceId: 'tablet' })).toBeUndefined()
    expect(await open(ann, { url, userId: 'ann', deviceId: 'laptop' })).toBeUndefined()
    const { conversationId: id } = await send(ann, { user: 'bob' }, 'Hi Bob')
    await shows(bob, 'Hi Bob')
    await send(bob, id, 'Hi Ann')
    await shows(ann, 'Hi Ann')

    await ann.reload()
    await send(bob, id, 'Are you gone?')
    expect(await open(ann, { url, userId: 'ann', deviceId: 'laptop' })).toBeUndefined()
    await shows(ann, 'Are you gone?')
    const last = await send(ann, id, 'Back again')
    await shows(bob, 'Back again')
    const said = ['Hi Bob', 'Hi Ann', 'Are you gone?', 'Back again']
    expect(await history(ann, last)).toEqual(said)
    expect(await history(bob, last)).toEqual(said)
  })

  it('refuse a second tab over the same store by `store_in_use`, until the first is gone', async () => {
    const context = await pages.browserOf()
    const [first, second] = [await pages.open(context), await pages.open(context)]
    const who = { url: pages.world().url(), userId: 'cleo', deviceId: 'laptop' }
    expect(await open(first, who)).toBeUndefined()
    expect(await open(second, who)).toMatchObject({
      code: 'store_in_use',
      message: 'Another client uses this store',
    })
    await first.close()
    await expect.poll(() => open(second, who)).toBeUndefined()
  })

  it("sign in through the server's own pages, and go on with the sign-in after a reload", async () => {
    const url = pages.world().url()
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}/accounts`, { method: 'POST', headers, body: JSON.stringify({ login: 'dora', password }) })
    const page = await pages.open()
    await page.evaluate((to) => chat.signIn(to, 'browser'), url)
    await page.fill('input[name=login]', 'dora')
    await page.fill('input[name=password]', password)
    await page.click('button[value=sign-in]')
    await page.click('button[value=consent]')
    await page.waitForURL('**/callback?*')
    const userId = await page.evaluate((to) => chat.signedIn(to), url)
    expect(await page.evaluate((to) => chat.openSignedIn(to), url)).toBeUndefined()
    await page.reload()
    expect(await page.evaluate((to) => chat.openSignedIn(to), url)).toBeUndefined()

    const friend = await pages.open()
    expect(await open(friend, { url, userId: 'emil', deviceId: 'phone' })).toBeUndefined()
    await send(friend, { user: userId }, 'Welcome')
    await shows(page, 'Welcome')
  })
})
