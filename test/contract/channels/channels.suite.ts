import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Channels } from '../../../src/ports/channels.ts'

/** Channels of their own. */
export interface ChannelsHarness {
  /** The channels as one process sees them; what a listener throws goes to `onError`. */
  connect(onError: (error: unknown) => void): Promise<Channels>
  /** Messages to every process may be lost. */
  interrupt(): Promise<void>
  dispose(): Promise<void>
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

/** The guarantees of `src/ports/channels.ts`, for every adapter. */
export const channelsContract = (name: string, create: () => Promise<ChannelsHarness>): void => {
  describe(`${name} as channels`, () => {
    let harness: ChannelsHarness
    let one: Channels
    let two: Channels
    let errors: unknown[]

    beforeEach(async () => {
      harness = await create()
      errors = []
      const onError = (error: unknown) => void errors.push(error)
      one = await harness.connect(onError)
      two = await harness.connect(onError)
    })
    afterEach(async () => {
      await Promise.all([one.close(), two.close()])
      await harness.dispose()
    })

    /** Everything published before is heard, or will never be: the hearers in both processes have heard this. */
    const settle = async () => {
      for (const channels of [one, two]) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const stop = await channels.listen('settle', () => resolve())
        await one.publish('settle', '')
        await two.publish('settle', '')
        await promise
        await stop()
      }
    }

    const hearing = async (channels: Channels, channel: string) => {
      const heard: string[] = []
      const stop = await channels.listen(channel, (message) => void heard.push(message))
      return { heard, stop }
    }

    it('is heard by all who listen, the publisher as well, in the order of the publisher', async () => {
      const near = await hearing(one, 'news')
      const far = await hearing(two, 'news')
      await Promise.all(numbers(200).map((message) => one.publish('news', message)))
      await settle()
      expect(near.heard).toEqual(numbers(200))
      expect(far.heard).toEqual(numbers(200))
    })

    it('is heard on its own channel alone', async () => {
      const names = ['news', 'news*', 'new?', 'News', '', 'gateway/1', 'Zoë']
      const listeners = await Promise.all(names.map((channel) => hearing(two, channel)))
      for (const channel of names) await one.publish(channel, `to ${channel}`)
      await settle()
      expect(listeners.map(({ heard }) => heard)).toEqual(names.map((channel) => [`to ${channel}`]))
    })

    it('carries any text', async () => {
      const texts = ['', ' ', '\0\r\n', 'Zoë 👋', '{"a":"\\n"}', 'x'.repeat(1_000_000)]
      const { heard } = await hearing(two, 'news')
      for (const text of texts) await one.publish('news', text)
      await settle()
      expect(heard).toEqual(texts)
    })

    it('is not kept for who listens later', async () => {
      await one.publish('news', 'early')
      const { heard } = await hearing(two, 'news')
      await one.publish('news', 'late')
      await settle()
      expect(heard).toEqual(['late'])
    })

    it('hears as soon as it listens', async () => {
      for (let round = 0; round < 30; round += 1) {
        const { heard, stop } = await hearing(two, 'news')
        await one.publish('news', `${round}`)
        await expect.poll(() => heard).toEqual([`${round}`])
        await stop()
      }
    })

    it('hears nothing after it has stopped, while others on the channel go on', async () => {
      const first = await hearing(two, 'news')
      const second = await hearing(two, 'news')
      await first.stop()
      await first.stop()
      await one.publish('news', 'x')
      await settle()
      expect([first.heard, second.heard]).toEqual([[], ['x']])
      await second.stop()
      const third = await hearing(two, 'news')
      await one.publish('news', 'y')
      await settle()
      expect([second.heard, third.heard]).toEqual([['x'], ['y']])
    })

    it('goes on when a listener throws, and tells of it', async () => {
      await two.listen('news', () => {
        throw new Error('cannot bear it')
      })
      const { heard } = await hearing(two, 'news')
      await one.publish('news', 'x')
      await one.publish('news', 'y')
      await settle()
      expect(heard).toEqual(['x', 'y'])
      expect(errors).toHaveLength(2)
    })

    it('tells after an interruption that messages may be lost, when it listens again', async () => {
      const { heard } = await hearing(two, 'news')
      const again = Promise.withResolvers<void>()
      let resets = 0
      two.onReset(() => {
        resets += 1
        one.publish('news', 'after').then(again.resolve, again.reject)
      })
      await settle()
      expect(resets).toBe(0)
      await harness.interrupt()
      await again.promise
      await expect.poll(() => heard).toEqual(['after'])
      await settle()
      expect(resets).toBe(1)
    })

    it('tells nobody of an interruption who no longer wants to know', async () => {
      const told: string[] = []
      const stop = two.onReset(() => void told.push('stopped'))
      const seen = Promise.withResolvers<void>()
      stop()
      two.onReset(() => seen.resolve())
      await harness.interrupt()
      await seen.promise
      await nextTurn()
      expect(told).toEqual([])
    })

    it('takes and hears nothing after it was closed, and may be closed twice', async () => {
      const { heard } = await hearing(two, 'news')
      await Promise.all([two.close(), two.close()])
      await expect(two.publish('news', 'x')).rejects.toThrow()
      await expect(two.listen('news', () => {})).rejects.toThrow()
      const other = await hearing(one, 'news')
      await one.publish('news', 'y')
      await expect.poll(() => other.heard).toEqual(['y'])
      expect(heard).toEqual([])
    })
  })
}
