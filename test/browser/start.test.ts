import type { Page } from 'playwright-core'
import { describe, it } from 'vitest'
import { chromiumIsMissing } from '../support/browser/chromium.ts'
import { usePages } from '../support/browser/use-pages.ts'

describe.skipIf(chromiumIsMissing() !== undefined)('A start in a browser that cannot succeed says why', () => {
  const pages = usePages(new URL('./pages/chat-page.ts', import.meta.url))
  const open = (origin?: string) => pages.open(undefined, origin)
  const whyNot = (page: Page, url: string) =>
    page.evaluate((to) => chat.open({ url: to, userId: 'ann', deviceId: 'laptop' }), url)
  // Together: each waits until the patience of a start has run out.
  it.concurrent('where the server does not allow the origin of the page (CORS)', async ({ expect }) => {
    const page = await open(pages.server().otherOrigin)
    const why = await whyNot(page, pages.world().url())
    expect(why).toMatchObject({ code: 'unavailable', reason: 'cors' })
    expect(why?.message).toContain(`not to pages of ${pages.server().otherOrigin}: BACKSCROLL_CORS_ORIGINS`)
  })

  it.concurrent('where no server is', async ({ expect }) => {
    const why = await whyNot(await open(), 'http://127.0.0.1:9')
    expect(why).toEqual({ code: 'unavailable', message: 'http://127.0.0.1:9 cannot be reached', cause: 'TypeError' })
  })

  it.concurrent('where the page came by http from another machine, and has no keys', async ({ expect }) => {
    const why = await whyNot(await open(pages.server().insecureOrigin), pages.world().url())
    expect(why).toMatchObject({ code: 'unsupported_platform', message: expect.stringContaining('https') })
  })
})
