import { expect, it } from 'vitest'
import { createTabRoles } from '../../../../packages/client/src/tabs/tab-roles.ts'
import { createBrowserModel } from '../../../support/client/tabs/browser-model.ts'

const until = async (holds: () => boolean, what: string) => {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 2_000) throw new Error(`It never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve))
  }
}

/** Tabs of one browser, and what each of them believes. Seconds pass quickly. */
const setUp = () => {
  const browser = createBrowserModel()
  const beliefs = new Map<string, string>()
  const frozen = new Set<string>()
  const clock = (tab: string) => ({
    now: () => 0,
    after: (ms: number, call: () => void) => {
      const run = () => (frozen.has(tab) ? void setTimeout(run, 5) : call())
      const timer = setTimeout(run, ms / 100)
      return () => clearTimeout(timer)
    },
  })
  const open = (id: string, version?: number) => {
    const believe = (what: string) => () => void beliefs.set(id, what)
    beliefs.set(id, 'nobody')
    return createTabRoles({
      ...{ platform: browser.tab(id), name: 'store', id, clock: clock(id), version },
      onLead: believe('self'),
      onFollow: (leader) => beliefs.set(id, leader),
      onLost: believe('nobody'),
      onOutdated: believe('outdated'),
    })
  }
  const believed = (what: Readonly<Record<string, string>>) => () =>
    Object.entries(what).every(([tab, belief]) => beliefs.get(tab) === belief)
  return {
    ...{ browser, open, beliefs },
    freeze: (tab: string, silently?: boolean) => {
      browser.freeze(tab, silently)
      frozen.add(tab)
    },
    thaw: (tab: string) => {
      frozen.delete(tab)
      browser.thaw(tab)
    },
    settles: (what: Readonly<Record<string, string>>) => until(believed(what), JSON.stringify(what)),
  }
}

it('The first tab leads, the others follow it, and the next one leads when it is closed or crashes', async () => {
  const { browser, open, settles } = setUp()
  const first = open('first')
  await settles({ first: 'self' })
  open('second')
  await settles({ second: 'first' })
  open('third')
  await settles({ third: 'first' })
  first.end()
  await settles({ second: 'self', third: 'second' })
  browser.crash('second')
  await settles({ third: 'self' })
})

it('A tab that is frozen hands over at once, and follows when it is awake', async () => {
  const { open, settles, freeze, thaw } = setUp()
  open('first')
  await settles({ first: 'self' })
  open('second')
  await settles({ second: 'first' })
  freeze('first')
  await settles({ first: 'nobody', second: 'self' })
  thaw('first')
  await settles({ first: 'second', second: 'self' })
})

it('A leader that does not answer is passed by, by one of many, and hears of it when it goes on', async () => {
  const { open, settles, beliefs, freeze, thaw } = setUp()
  open('first')
  await settles({ first: 'self' })
  for (const tab of ['second', 'third', 'fourth']) open(tab)
  await settles({ second: 'first', third: 'first', fourth: 'first' })
  freeze('first', true)
  const leaders = () => ['second', 'third', 'fourth'].filter((tab) => beliefs.get(tab) === 'self')
  await until(() => leaders().length === 1, 'a new leader')
  const [leader = ''] = leaders()
  const others = ['second', 'third', 'fourth'].filter((tab) => tab !== leader)
  await settles(Object.fromEntries(others.map((tab) => [tab, leader])))
  thaw('first')
  await settles({ first: leader, [leader]: 'self' })
})

it('A leader that answers is never replaced, whichever tab was asleep', async () => {
  const { open, settles, beliefs, freeze, thaw } = setUp()
  open('first')
  await settles({ first: 'self' })
  open('second')
  await settles({ second: 'first' })
  for (let n = 0; n < 3; n += 1) {
    freeze('second', true)
    await new Promise((resolve) => setTimeout(resolve, 150))
    thaw('second')
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect([beliefs.get('first'), beliefs.get('second')]).toEqual(['self', 'first'])
  }
})

it('A tab says nothing before its lock is held, by whose end the others know that it is gone', async () => {
  const browser = createBrowserModel()
  const platform = browser.tab('first')
  const order: string[] = []
  createTabRoles({
    platform: {
      ...platform,
      locks: {
        ...platform.locks,
        request: (name, options, held) =>
          platform.locks.request(name, options, (lock) => {
            order.push(`holds ${name}`)
            return held(lock)
          }),
      },
      open: (name, onMessage) => {
        const channel = platform.open(name, onMessage)
        const post = (message: unknown) => {
          order.push('says something')
          channel.post(message)
        }
        return { ...channel, post }
      },
    },
    ...{ name: 'store', id: 'first', clock: { now: () => 0, after: () => () => {} } },
    ...{ onLead: () => {}, onFollow: () => {}, onLost: () => {}, onOutdated: () => {} },
  })
  await until(() => order.includes('says something') && order.includes('holds store'), 'both')
  expect(order[0]).toBe('holds store tab first')
})

it('A tab with a later version takes over from one with an earlier version, and never the other way round', async () => {
  const { open, settles } = setUp()
  open('old', 1)
  await settles({ old: 'self' })
  open('new', 2)
  await settles({ old: 'outdated', new: 'self' })
  open('older', 1)
  await settles({ older: 'outdated', new: 'self' })
})
