import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { bundlePage } from '../support/browser/bundle-page.ts'
import { chromiumIsMissing } from '../support/browser/chromium.ts'
import { guideSample, inPlaceOf } from '../support/browser/guide-samples.ts'
import { usePages } from '../support/browser/use-pages.ts'

const entryOf = (language: 'ts' | 'tsx') => new URL(`./pages/guide-page.${language}`, import.meta.url)
const programOf = (language: 'ts' | 'tsx') => inPlaceOf(entryOf(language), guideSample(language))

it('The complete chat of the guide has thirty lines', () => {
  expect(guideSample('ts').trimEnd().split('\n').length).toBeLessThanOrEqual(30)
})

describe.skipIf(chromiumIsMissing() !== undefined)("The guide's first programs, as they stand", () => {
  const pages = usePages(entryOf('ts'), [programOf('ts')])

  const open = async (page: Page, origin: string, me: string, name: string, peer: string) => {
    const token = await pages.world().token(me, 'web')
    await page.goto(`${origin}/?${new URLSearchParams({ url: pages.world().url(), me, name, peer, token })}`)
  }
  const say = async (page: Page, text: string) => {
    await page.fill('input', text)
    await page.press('input', 'Enter')
  }
  const lines = (page: Page) => page.locator('li').allInnerTexts()
  const said = async (page: Page) => (await lines(page)).map((line) => line.trim())
  /** A busy machine takes its time. */
  const shown = <Value>(look: () => Promise<Value>) => expect.poll(look, { timeout: 30_000 })
  /** The bundle with React is another page of the same origin. */
  const openReact = async () => {
    const { files } = await bundlePage(entryOf('tsx'), [programOf('tsx')])
    const page = await (await pages.browserOf()).newPage()
    const [name, text = ''] = [...files][0] ?? []
    await page.route(`**/${name}`, (route) => route.fulfill({ contentType: 'text/javascript', body: text }))
    return page
  }

  it('let two people talk: one page by hand, one in React and StrictMode', { timeout: 120_000 }, async () => {
    const { origin } = pages.server()
    const [ann, bob] = [await pages.open(), await openReact()]
    const wrong: string[] = []
    bob.on('pageerror', ({ message }) => wrong.push(message))
    // What React has to say. A request that is refused and made again, with a fresh proof, is only the browser's note.
    bob.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load')) wrong.push(message.text())
    })
    await open(bob, origin, 'bob', 'Bob B.', 'ann')
    await bob.getByText('live').waitFor()
    await open(ann, origin, 'ann', 'Ann A.', 'bob')
    await say(ann, 'Hi Bob')
    await shown(() => said(bob)).toEqual(['Ann A.: Hi Bob (received)'])
    await shown(() => said(ann)).toEqual(['Ann A.: Hi Bob (delivered)'])
    await say(bob, 'Hi Ann')
    await shown(() => said(bob)).toEqual(['Ann A.: Hi Bob (received)', 'Bob B.: Hi Ann (read)'])
    await shown(() => said(ann)).toEqual(['Ann A.: Hi Bob (delivered)', 'Bob B.: Hi Ann (received)'])
    expect(await bob.inputValue('input')).toBe('')
    await bob.fill('input', 'not yet')
    await bob.reload()
    await shown(() => bob.inputValue('input')).toBe('not yet')
    await shown(() => said(bob)).toEqual(['Ann A.: Hi Bob (received)', 'Bob B.: Hi Ann (read)'])
    expect(wrong).toEqual([])
  })
})
