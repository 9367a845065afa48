import { setTimeout as sleep } from 'node:timers/promises'
import { openMany } from './open-socket.ts'
import type { TokenSource } from './token-source.ts'
import { openWatcher, type Watcher } from './watcher.ts'

export interface GroupOptions {
  /** The URL of the WebSocket. */
  readonly url: string
  readonly conversationId: string
  /** User ids, one device each. */
  readonly members: readonly string[]
  /** So many members send, but not the first, who owns the group. */
  readonly senders: number
  readonly outstanding: number
}

export interface GroupThroughput {
  readonly messages: number
  readonly deliveries: number
  readonly seconds: number
}

export interface Group {
  run(seconds: number): Promise<GroupThroughput>
  close(): void
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export const openGroup = async (
  { url, conversationId, members, senders, outstanding }: GroupOptions,
  tokens: TokenSource,
): Promise<Group> => {
  let sending = false
  let messages = 0
  const send = (watcher: Watcher): void => {
    if (!sending) return
    messages += 1
    watcher.send()
  }
  const watchers = await openMany(members, async (user) =>
    openWatcher({ url, token: await tokens(user), conversationId, onAcknowledged: send }),
  )
  const deliveries = (): number => sum(watchers.map((watcher) => watcher.delivered()))
  const expected = (): number => messages * (members.length - 1)

  const settled = async (): Promise<void> => {
    const end = performance.now() + 60_000
    while (watchers.some((watcher) => watcher.unacknowledged() > 0) || deliveries() < expected()) {
      if (performance.now() > end) throw new Error(`${deliveries()} of ${expected()} deliveries came within 60 s`)
      await sleep(5)
    }
    if (deliveries() > expected()) throw new Error(`${deliveries()} deliveries instead of ${expected()}`)
  }

  return {
    run: async (seconds) => {
      const [before, start] = [messages, performance.now()]
      sending = true
      for (const watcher of watchers.slice(1, senders + 1)) for (let i = 0; i < outstanding; i += 1) send(watcher)
      await sleep(seconds * 1000)
      sending = false
      await settled()
      const sent = messages - before
      return {
        messages: sent,
        deliveries: sent * (members.length - 1),
        seconds: (performance.now() - start) / 1000,
      }
    },
    close: () => {
      for (const watcher of watchers) watcher.close()
    },
  }
}
