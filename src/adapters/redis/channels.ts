import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Channels } from '../../ports/channels.ts'
import { answer } from './connection.ts'
import type { Resets } from './resets.ts'

const retryMs = 50

type Listener = (message: string) => void

export interface RedisChannelsDeps {
  readonly commands: Redis
  readonly subscriber: Redis
  readonly resets: Resets
  readonly prefix: string
  readonly onError: (error: unknown) => void
}

export const createRedisChannels = (deps: RedisChannelsDeps): Channels => {
  const { commands, subscriber, resets, prefix, onError } = deps
  const listeners = new Map<string, Set<Listener>>()
  const closing = new AbortController()

  const open = (): void => {
    if (closing.signal.aborted) throw new Error('The channels are closed')
  }

  const tell = (hear: Listener, message: string): void => {
    try {
      hear(message)
    } catch (error) {
      onError(error)
    }
  }

  /** False when the connection broke meanwhile, or did not answer in time. */
  const trySubscribe = async (names: readonly string[]): Promise<boolean> => {
    try {
      if (names.length > 0) await answer(subscriber.subscribe(...names))
      return subscriber.status === 'ready'
    } catch (error) {
      if (subscriber.status === 'ready') onError(error)
      return false
    }
  }

  /**
   * Until Redis has confirmed all of them, over as many connections as it takes. Throws when the channels are
   * closed.
   */
  const subscribe = async (names: readonly string[]): Promise<void> => {
    while (!(await trySubscribe(names))) {
      await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => undefined)
      open()
    }
  }

  const unsubscribe = (name: string): Promise<unknown> => subscriber.unsubscribe(name).catch(() => undefined)

  const resume = (): void => {
    const interruptions = resets.interruptions()
    subscribe([...listeners.keys()]).then(
      () => resets.listening(interruptions),
      () => undefined,
    )
  }

  const onMessage = (name: string, message: string): void => {
    for (const hear of [...(listeners.get(name) ?? [])]) tell(hear, message)
  }
  subscriber.on('message', onMessage)
  subscriber.on('ready', resume)

  return {
    publish: async (channel, message) => {
      open()
      await answer(commands.publish(prefix + channel, message))
    },
    listen: async (channel, hear) => {
      open()
      const name = prefix + channel
      const own: Listener = (message) => hear(message)
      const all = listeners.get(name) ?? new Set()
      listeners.set(name, all.add(own))
      await subscribe([name])
      return async () => {
        if (!all.delete(own) || all.size > 0 || listeners.get(name) !== all) return
        listeners.delete(name)
        await unsubscribe(name)
      }
    },
    onReset: resets.onReset,
    close: async () => {
      if (closing.signal.aborted) return
      closing.abort()
      subscriber.off('message', onMessage)
      subscriber.off('ready', resume)
      await Promise.all([...listeners.keys()].map(unsubscribe))
      listeners.clear()
    },
  }
}
