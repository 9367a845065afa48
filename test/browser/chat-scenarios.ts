import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { imageSize } from '../../packages/client/src/content/image-size.ts'
import type { UnownedPage } from '../support/browser/unowned-page.ts'
import type { Pages } from '../support/browser/use-pages.ts'
import { password } from '../support/oauth/world.ts'
import type { ChatPage } from './pages/chat-page.ts'

/** As long as a busy machine may take. */
const patience = { timeout: 40_000 }
const slow = { timeout: 90_000 }

const open = (page: Page, who: Parameters<ChatPage['open']>[0]) => page.evaluate((one) => chat.open(one), who)
const send = (page: Page, to: Parameters<ChatPage['send']>[0], text: string) =>
  page.evaluate(([whom, what]) => chat.send(whom, what), [to, text] as const)
const history = (page: Page, upTo: Parameters<ChatPage['history']>[0]) =>
  page.evaluate((one) => chat.history(one), upTo)
/** Resolves when the page has shown it. */
const shows = (page: Page, text: string) => page.waitForFunction((wanted) => chat.shown().includes(wanted), text)
const isIn = (page: Page, state: string) => page.waitForFunction((wanted) => chat.state() === wanted, state)

/** Two people who have written to each other. */
const acquainted = async (pages: Pages<unknown>, one: string, other: string) => {
  const people = [await pages.open(), await pages.open()] as const
  const url = pages.world().url()
  expect(await open(people[1], { url, userId: other, deviceId: 'tablet' })).toBeUndefined()
  expect(await open(people[0], { url, userId: one, deviceId: 'laptop' })).toBeUndefined()
  const { conversationId } = await send(people[0], { user: other }, 'Hi')
  await shows(people[1], 'Hi')
  return { people, conversationId, url }
}

/** A page that can be frozen, in which somebody has come in. Notes down in its text that it was frozen, and resumed. */
const openFreezable = async (pages: Pages<unknown>, userId: string): Promise<UnownedPage> => {
  const page = await pages.openUnowned()
  await expect.poll(() => page.evaluate('typeof chat'), patience).toBe('object')
  const [who, token] = [
    { url: pages.world().url(), userId, deviceId: 'laptop' },
    await pages.world().token(userId, 'laptop'),
  ]
  await page.evaluate(`globalThis.issueToken = async () => ${JSON.stringify(token)}
    for (const type of ['freeze', 'resume']) document.addEventListener(type, () => document.body.append(type + ' '))
    chat.open(${JSON.stringify(who)})`)
  return page
}

/** The shortest story of two people in the pages of a chat, whatever these were bundled from. */
export const conversationInPages = (pages: Pages<unknown>): void => {
  it(
    'run two people who begin a conversation, write to each other, and find all of it after a reload',
    slow,
    async () => {
      const { people, conversationId: id, url } = await acquainted(pages, 'ann', 'bob')
      const [ann, bob] = people
      await send(bob, id, 'Hi Ann')
      await shows(ann, 'Hi Ann')

      await ann.reload()
      await send(bob, id, 'Are you gone?')
      expect(await open(ann, { url, userId: 'ann', deviceId: 'laptop' })).toBeUndefined()
      await shows(ann, 'Are you gone?')
      const last = await send(ann, id, 'Back again')
      await shows(bob, 'Back again')
      const said = ['Hi', 'Hi Ann', 'Are you gone?', 'Back again']
      expect(await history(ann, last)).toEqual(said)
      expect(await history(bob, last)).toEqual(said)
    },
  )
}

/** Files of a page, which is reloaded in the middle of their upload. */
export const filesInPages = (pages: Pages<unknown>): void => {
  it('send pictures with previews, and files whose upload goes on after a reload', slow, async () => {
    const { people, conversationId: id, url } = await acquainted(pages, 'jill', 'kurt')
    const [jill, kurt] = people
    const { messageId, hash } = await jill.evaluate((to) => chat.sendFiles(to, 5 * 1024 * 1024), id)
    await jill.reload()
    expect(await open(jill, { url, userId: 'jill', deviceId: 'laptop' })).toBeUndefined()
    await send(jill, id, 'Wait for it')
    await jill.evaluate(([to, message]) => chat.resume(to, message), [id, messageId] as const)
    await shows(kurt, 'With files')
    expect(await kurt.evaluate(() => chat.shown())).toEqual(['Hi', 'Wait for it', 'With files'])
    const [data, picture] = await kurt.evaluate(() => chat.files())
    expect(data).toMatchObject({ facts: { name: 'data.bin', size: 5 * 1024 * 1024 }, hash })
    expect(picture?.facts).toMatchObject({ name: 'picture.png', kind: 'image', width: 640, height: 400 })
    const thumbnail = Buffer.from(picture?.facts.thumbnail ?? '', 'base64')
    expect(imageSize(thumbnail)).toEqual({ type: 'image/jpeg', width: 320, height: 200 })
  })
}

/** All that browsers do to such pages. */
export const chatsInPages = (pages: Pages<unknown>): void => {
  conversationInPages(pages)
  filesInPages(pages)

  it(
    'refuse a second tab by `store_in_use` where tabs cannot find each other, until the first is gone',
    slow,
    async () => {
      const context = await pages.browserOf()
      await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'BroadcastChannel'))
      const [first, second] = [await pages.open(context), await pages.open(context)]
      const who = { url: pages.world().url(), userId: 'cleo', deviceId: 'laptop' }
      expect(await open(first, who)).toBeUndefined()
      expect(await open(second, who)).toMatchObject({
        code: 'store_in_use',
        message: 'Another client uses this store',
      })
      await first.close()
      await expect.poll(() => open(second, who), patience).toBeUndefined()
    },
  )

  it('keep what is written without a network, and send and fetch when it is back', slow, async () => {
    const { people, conversationId: id } = await acquainted(pages, 'finn', 'gwen')
    const [finn, gwen] = people
    await finn.context().setOffline(true)
    await isIn(finn, 'waiting')
    const sent = send(finn, id, 'Written on the train')
    await send(gwen, id, 'Where are you?')
    expect(await finn.evaluate(() => chat.shown())).not.toContain('Where are you?')
    await finn.context().setOffline(false)
    await sent
    await shows(finn, 'Where are you?')
    await shows(gwen, 'Written on the train')
  })

  it('go on after the browser has frozen one of them and the server has been restarted meanwhile', slow, async () => {
    const hugo = await openFreezable(pages, 'hugo')
    const ines = await pages.open()
    expect(await open(ines, { url: pages.world().url(), userId: 'ines', deviceId: 'tablet' })).toBeUndefined()
    const { conversationId: id } = await send(ines, { user: 'hugo' }, 'Hi Hugo')
    const shown = () => hugo.evaluate('chat.shown()')
    await expect.poll(shown, patience).toContain('Hi Hugo')

    await hugo.setLifecycle('frozen')
    await pages.world().restart()
    await send(ines, id, 'Are you asleep?')
    await hugo.setLifecycle('active')
    await expect.poll(shown, patience).toContain('Are you asleep?')
    expect(await hugo.evaluate('document.body.textContent')).toBe('freeze resume ')
    await hugo.evaluate(`chat.send(${JSON.stringify(id)}, 'Awake')`)
    await shows(ines, 'Awake')
    await hugo.close()
  })
}

/** The sign-in of an application, whose pages the server sends people back to. */
export const signInOfPages = (pages: Pages<unknown>): void => {
  it("sign in through the server's own pages, and go on with the sign-in after a reload", slow, async () => {
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
}
