import { type Cost, costOf } from './cost.ts'
import { createLatencies, type Percentiles } from './latencies.ts'
import { openSdkClient } from './sdk-client.ts'
import { text } from './text-message.ts'
import type { TokenSource } from './token-source.ts'

export interface Dialogue {
  /** From the call of `send` until the receiving application has the text. */
  readonly shown: Percentiles
  /** The cost of one message, for both clients together. */
  readonly cost: Cost
}

const [from, to] = ['dialogue-a', 'dialogue-b']

const openPair = async (url: string, tokens: TokenSource) => ({
  sender: await openSdkClient(url, from, tokens),
  receiver: await openSdkClient(url, to, tokens),
})

/** Two real SDK clients, both in this process. */
export const createSdkDialogue = (tokens: TokenSource) => {
  let pair: Awaited<ReturnType<typeof openPair>> | undefined
  let next = Promise.withResolvers<void>()

  const opened = () => {
    if (pair === undefined) throw new Error('nobody is there')
    return pair
  }

  const say = async (): Promise<number> => {
    next = Promise.withResolvers()
    const start = performance.now()
    const sent = opened().sender.send({ user: to }, { text })
    await next.promise
    const ms = performance.now() - start
    await sent
    return ms
  }

  return {
    /** `url`: base URL. */
    open: async ({ url }: { readonly url: string }): Promise<void> => {
      pair = await openPair(url, tokens)
      pair.receiver.on('message', ({ content }) => {
        if (content?.type === 'text' && content.body.text === text) next.resolve()
        else next.reject(new Error('another text was shown'))
      })
    },
    /** A text is sent when the one before has been shown and acknowledged. */
    run: async ({ messages }: { readonly messages: number }): Promise<Dialogue> => {
      const latencies = createLatencies()
      const all = async (): Promise<void> => {
        for (let number = 0; number < messages; number += 1) latencies.record(await say())
      }
      const { cost } = await costOf(all, messages)
      return { shown: latencies.percentiles(), cost }
    },
    close: async (): Promise<void> => {
      const { sender, receiver } = opened()
      await Promise.all([sender.close(), receiver.close()])
    },
  }
}
