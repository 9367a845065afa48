import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { chromiumIsMissing } from '../support/chromium.ts'
import { usePages } from '../support/use-pages.ts'

describe.skipIf(chromiumIsMissing() !== undefined)('A start in a browser that cannot succeed says why', () => {
  const pages = usePages('../browser/pages/chat-page.ts')
  const opened: Page[] = []
  const open = async (origin?: string) => {
    const page = await pages.open(undefined, origin)
    opened.push(page)
    return page
  }
  const whyNot = (page: Page, url: string) =>
    page.evaluate((to) => chat.open({ url: to, userId: 'ann', deviceId: 'laptop' }), url)
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((page) => page.context().close()))
  })

  it('where the server does not allow the origin of the page (CORS)', async () => {
    const page = await open(pages.server().otherOrigin)
    const why = await whyNot(page, pages.world().url())
    expect(why).toMatchObject({ code: 'unavailable', reason: 'cors' })
    expect(why?.message).toContain(`not to pages of ${pages.server().otherOrigin}: BACKSCROLL_CORS_ORIGINS`)
  })

  it('where no server is', async () => {
    const why = await whyNot(await open(), 'http://127.0.0.1:9')
    expect(why).toEqual({ code: 'unavailable', message: 'http://127.0.0.1:9 cannot be reached', cause: 'TypeError' })
  })

  it('where the page came by http from another machine, and has no keys', async () => {
    const why = await whyNot(await open(pages.server().insecureOrigin), pages.world().url())
    expect(why).toMatchObject({ code: 'unsupported_platform', message: expect.stringContaining('https') })
  })
})
