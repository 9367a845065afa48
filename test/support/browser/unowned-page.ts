import type { Browser } from 'playwright-core'

/**
 * A page that Playwright does not drive. To its own it says for ever that they are seen and have the focus, and Chromium
 * freezes no page that is seen.
 */
export interface UnownedPage {
  /** What the expression gives, or its promise. */
  evaluate<Value>(expression: string): Promise<Value>
  setLifecycle(state: 'frozen' | 'active'): Promise<void>
  close(): Promise<void>
}

interface Answer {
  readonly id: number
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown }
  readonly error?: { readonly message: string }
}

/** In a browser context of its own. */
export const openUnownedPage = async (browser: Browser, url: string): Promise<UnownedPage> => {
  const session = await browser.newBrowserCDPSession()
  const { browserContextId } = await session.send('Target.createBrowserContext')
  const { targetId } = await session.send('Target.createTarget', { url, browserContextId })
  const { sessionId } = await session.send('Target.attachToTarget', { targetId })
  const waiting = new Map<number, (answer: Answer) => void>()
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const answer: Answer = JSON.parse(message)
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  let last = 0
  const ask = async (method: string, params: Readonly<Record<string, unknown>>) => {
    last += 1
    const id = last
    const answered = new Promise<Answer>((resolve) => void waiting.set(id, resolve))
    await session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) })
    const { result, error } = await answered
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    if (result?.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails))
    return result
  }
  return {
    evaluate: async <Value>(expression: string) => {
      const answer = await ask('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
      return answer?.result?.value as Value
    },
    setLifecycle: async (state) => void (await ask('Page.setWebLifecycleState', { state })),
    close: async () => {
      await session.send('Target.disposeBrowserContext', { browserContextId })
      await session.detach()
    },
  }
}
