import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { chromiumIsMissing } from '../support/browser/chromium.ts'
import { usePages } from '../support/browser/use-pages.ts'

const entry = new URL('./pages/tabs-page.ts', import.meta.url)
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name} ${n}`)

describe.skipIf(chromiumIsMissing() !== undefined)('Tabs of one browser share a client', { timeout: 60_000 }, () => {
  const pages = usePages(entry)
  let people = 0

  /** One person's tabs, and a friend in another browser, who have a conversation. */
  const setUp = async (count: number) => {
    people += 1
    const me = { url: pages.world().url(), userId: `ann${people}`, deviceId: 'laptop' }
    const other = { ...me, userId: `bob${people}` }
    const context = await pages.browserOf()
    const friend = await pages.open()
    expect(await friend.evaluate((who) => tab.open(who), other)).toBeUndefined()
    const tabs: Page[] = []
    for (let n = 0; n < count; n += 1) tabs.push(await openTab(context, me))
    const [first, second, third] = tabs
    if (first === undefined) throw new Error('no tab')
    const id = await first.evaluate((to) => tab.send(to, 'Hello'), { user: other.userId })
    for (const page of [friend, ...tabs]) await shows(page, 'Hello')
    return { context, me, friend, first, second: second ?? first, third: third ?? first, id }
  }
  const openTab = async (context: BrowserContext, who: { url: string; userId: string; deviceId: string }) => {
    const page = await pages.open(context)
    expect(await page.evaluate((one) => tab.open(one), who)).toBeUndefined()
    return page
  }
  const shows = (page: Page, text: string) => page.waitForFunction((wanted) => tab.shown().includes(wanted), text)
  const shown = (page: Page) => page.evaluate(() => tab.shown())
  const outcomes = (page: Page) => page.evaluate(() => tab.outcomes())
  const say = (page: Page, id: string, text: string) =>
    page.evaluate(([to, what]) => tab.send(to, what), [id, text] as const)
  const sendAll = (page: Page, id: string, texts: readonly string[]) =>
    page.evaluate(([to, all]) => tab.sendAll(to, all), [id, texts] as const)
  const freeze = async (context: BrowserContext, page: Page, state: 'frozen' | 'active') => {
    const session = await context.newCDPSession(page)
    await session.send('Page.setWebLifecycleState', { state })
  }

  it('each of them is told every message once and in order, and any of them sends', async () => {
    const { friend, first, second, third, id } = await setUp(3)
    await say(second, id, 'From the second')
    await say(friend, id, 'From the friend')
    await say(third, id, 'From the third')
    await say(first, id, 'From the first')
    const said = ['Hello', 'From the second', 'From the friend', 'From the third', 'From the first']
    for (const page of [friend, first, second, third]) {
      await shows(page, 'From the first')
      expect(await shown(page)).toEqual(said)
    }
    // The server's views follow in their own time.
    await expect.poll(() => second.evaluate((one) => tab.history(one), id), { timeout: 20_000 }).toEqual(said)
    expect(await second.evaluate(() => tab.inbox())).toBe(1)
    await expect
      .poll(() => second.evaluate(() => [tab.state(), tab.pending()]), { timeout: 20_000 })
      .toEqual(['live', 0])
  })

  it('a follower answers and is refused as the leader is, and may read everything', async () => {
    const { me, friend, first, second, id } = await setUp(2)
    const friendId = me.userId.replace('ann', 'bob')
    const numbers = await Promise.all(
      [first, second].map((page) => page.evaluate((one) => tab.safetyNumber(one), friendId)),
    )
    expect(numbers[0]).toMatch(/^[0-9 ]{71}$/)
    expect(numbers[1]).toBe(numbers[0])
    for (const method of ['messageReceipts', 'addMembers'] as const) {
      const codes = await Promise.all(
        [first, second].map((page) => page.evaluate(([name, to]) => tab.refusal(name, to), [method, id] as const)),
      )
      expect(codes[1]).toBe(codes[0])
      expect(codes[0]).not.toBe('nothing')
    }
    expect(await second.evaluate(() => tab.archive())).toBeGreaterThan(100)
    await second.evaluate((to) => tab.typing(to), id)
    await friend.waitForFunction(() => tab.typers().length > 0)
    await friend.evaluate((to) => tab.typing(to), id)
    for (const page of [first, second]) await page.waitForFunction(() => tab.typers().length > 0)
  })

  it('they watch who is online through whoever leads, and somebody is there while one of them says so', async () => {
    const { me, friend, first, second, id } = await setUp(2)
    const friendId = me.userId.replace('ann', 'bob')
    // They see each other once both have talked.
    for (const page of [first, second]) await page.evaluate((one) => tab.watchPresence(one), friendId)
    await say(friend, id, 'Hello yourself')
    await friend.evaluate((one) => tab.watchPresence(one), me.userId)
    const isOnline = (page: Page, online: boolean) =>
      page.waitForFunction((wanted) => tab.isOnline() === wanted, online)
    for (const page of [friend, first, second]) await isOnline(page, true)
    await first.evaluate(() => tab.setActivity('away'))
    await second.evaluate(() => tab.setActivity('active'))
    await friend.evaluate(() => tab.setActivity('away'))
    for (const page of [first, second]) await isOnline(page, false)
    // Long enough for the server to have said that nobody is at the first tab, if that were all.
    expect(await friend.evaluate(() => tab.isOnline())).toBe(true)
    await second.evaluate(() => tab.setActivity('away'))
    await isOnline(friend, false)
    await first.close()
    await friend.evaluate(() => tab.setActivity('active'))
    await isOnline(second, true)
    await second.evaluate(() => tab.setActivity('active'))
    await isOnline(friend, true)
  })

  it('nothing is lost or doubled when the leader is closed in the middle of what another tab sends', async () => {
    const { friend, first, second, third, id } = await setUp(3)
    const [mine, theirs] = [numbered('mine', 40), numbered('theirs', 20)]
    await sendAll(second, id, mine)
    await sendAll(friend, id, theirs)
    await first.close()
    await second.waitForFunction((count) => tab.outcomes().length === count, mine.length)
    expect((await outcomes(second)).every((one) => /^mine \d+ is \d+$/.test(one))).toBe(true)
    await say(friend, id, 'The end')
    for (const page of [friend, second, third]) {
      await shows(page, 'The end')
      const texts = await shown(page)
      expect(texts.filter((text) => text.startsWith('mine'))).toEqual(mine)
      expect(texts.filter((text) => text.startsWith('theirs'))).toEqual(theirs)
      expect(texts).toHaveLength(mine.length + theirs.length + 2)
    }
  })

  it('a file that one of them sends goes on when the leader is closed in the middle of its upload', async () => {
    const { friend, first, second, id } = await setUp(2)
    const messageId = await second.evaluate((to) => tab.sendFile(to, 'With a file', 4 * 1024 * 1024), id)
    await first.close()
    await second.evaluate(([to, message]) => tab.resume(to, message), [id, messageId] as const)
    await second.waitForFunction(() => tab.outcomes().length === 1)
    expect(await outcomes(second)).toEqual([expect.stringMatching(/^With a file is \d+$/)])
    await say(friend, id, 'The end')
    for (const page of [friend, second]) {
      await shows(page, 'The end')
      expect(await shown(page)).toEqual(['Hello', 'With a file', 'The end'])
    }
  })

  it('a leader that is frozen hands over, and follows when it is awake again', async () => {
    const { context, friend, first, second, id } = await setUp(2)
    await freeze(context, first, 'frozen')
    await say(friend, id, 'Asleep?')
    await shows(second, 'Asleep?')
    await say(second, id, 'The other tab is')
    await freeze(context, first, 'active')
    await shows(first, 'The other tab is')
    await say(first, id, 'Awake')
    for (const page of [friend, first, second]) {
      await shows(page, 'Awake')
      expect(await shown(page)).toEqual(['Hello', 'Asleep?', 'The other tab is', 'Awake'])
    }
  })

  it('a leader that hangs is passed by, and writes nothing more when it goes on', async () => {
    const { friend, first, second, id } = await setUp(2)
    const hanging = first.evaluate(() => tab.hang(14_000))
    await say(friend, id, 'Are you there?')
    await shows(second, 'Are you there?')
    await say(second, id, 'I am')
    await hanging
    await shows(first, 'I am')
    await say(first, id, 'So am I')
    for (const page of [friend, first, second]) {
      await shows(page, 'So am I')
      expect(await shown(page)).toEqual(['Hello', 'Are you there?', 'I am', 'So am I'])
    }
  })

  it('a message sent in a follower without a network goes out once, when there is one', async () => {
    const { context, friend, first, second, id } = await setUp(2)
    await context.setOffline(true)
    await second.waitForFunction(() => tab.state() !== 'live')
    await sendAll(second, id, numbered('offline', 5))
    await second.waitForFunction(() => tab.pending() > 0)
    await first.close()
    await context.setOffline(false)
    await second.waitForFunction(() => tab.outcomes().length === 5)
    await shows(friend, 'offline 4')
    expect(await shown(friend)).toEqual(['Hello', ...numbered('offline', 5)])
  })

  it('a client that is made, closed and made again in one tick, as in the strict mode of React, works', async () => {
    const { context, me, friend, id } = await setUp(1)
    const page = await pages.open(context)
    expect(await page.evaluate((who) => tab.openStrictly(who), me)).toBeUndefined()
    await say(page, id, 'Strictly')
    for (const one of [friend, page]) await shows(one, 'Strictly')
    expect(await shown(page)).toEqual(['Strictly'])
  })

  it('a follower that is closed leaves what it has sent to the others', async () => {
    const { friend, second, id } = await setUp(2)
    await sendAll(second, id, numbered('last', 10))
    await second.evaluate(() => tab.close())
    await shows(friend, 'last 9')
    expect(await shown(friend)).toEqual(['Hello', ...numbered('last', 10)])
  })

  it('a view in a follower follows the leader, and the next leader', async () => {
    const { friend, first, second, id } = await setUp(2)
    const sees = (text: string) => second.waitForFunction((wanted) => tab.viewed().includes(wanted), text)
    await second.evaluate((one) => tab.watch(one), id)
    await sees('Hello')
    await say(second, id, 'Mine')
    await say(friend, id, 'Theirs')
    await sees('Mine')
    await sees('Theirs')
    await first.close()
    await say(friend, id, 'After the first')
    await sees('After the first')
  })

  it('a follower sees what people are called, and says what its user is', async () => {
    const { friend, second, id } = await setUp(2)
    await second.evaluate((one) => tab.watch(one), id)
    await second.evaluate(() => tab.callMe('Ann'))
    await friend.evaluate(() => tab.callMe('Bob'))
    await say(friend, id, 'Hello too')
    await expect
      .poll(() => second.evaluate(() => tab.called()), { timeout: 30_000 })
      .toEqual({ view: ['Bob', 'Ann', 'Bob'], list: ['Ann', 'Bob'] })
  })

  it('signing out in one of them stops all, takes the device out, and leaves nothing in the browser', async () => {
    const { context, me, first, second, third } = await setUp(3)
    expect(await second.evaluate(() => tab.signOut())).toBeUndefined()
    for (const page of [first, second, third]) {
      await page.waitForFunction(() => tab.stopReason() === 'signed_out')
      expect(await page.evaluate(() => tab.refusal('addMembers', 'anything'))).toBe('stopped')
    }
    await expect.poll(() => first.evaluate(() => tab.databases()), { timeout: 20_000 }).toEqual(['keys'])
    const page = await pages.open(context)
    expect(await page.evaluate((who) => tab.open(who, false), { ...me, deviceId: 'another' })).toBeUndefined()
    await page.waitForFunction(() => tab.state() === 'awaiting_approval')
  })
})
