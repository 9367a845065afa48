import { deferred } from '../time/deferred.ts'
import type { Callable } from './packed-value.ts'
import { createRemoteCalls, type RemoteCalls } from './remote-calls.ts'
import type { Addressed, ToFollower, ToLeader } from './tab-messages.ts'
import type { OpenChannel } from './tab-platform.ts'

/** The client that answers a tab's calls: the leader in another tab, or this tab's own. */
export interface Target {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  /** Whether this leader has stopped leading. It answers no open calls after that. */
  isOver(): boolean
  /** Resolves when this leader has stopped leading. */
  readonly over: Promise<void>
}

/** A follower's connection to its leader. */
export interface LeaderLink extends Target {
  readonly leader: string
  readonly calls: RemoteCalls
  /** The leader has sent its state and accepts commands. */
  isOpen: boolean
  post(message: ToLeader): void
  end(): void
}

/** The name of the channel that one tab receives its own messages on. */
export const channelName = (name: string, tab: string): string => `${name} to ${tab}`

export const openLeaderLink = (open: OpenChannel, name: string, from: string, leader: string): LeaderLink => {
  const channel = open(channelName(name, leader))
  const post = (message: ToLeader) => channel.post({ from, message } satisfies Addressed<ToLeader>)
  const calls = createRemoteCalls(post)
  const over = deferred()
  let isOver = false
  return {
    ...{ leader, calls, post, isOpen: false },
    call: calls.call,
    isOver: () => isOver,
    over: over.promise,
    end: () => {
      isOver = true
      over.resolve()
      calls.end()
      channel.close()
    },
  }
}

/** Channels to the other tabs, created on first use. */
export const createChannels = (open: OpenChannel, name: string, from: string) => {
  const channels = new Map<string, ReturnType<OpenChannel>>()
  return {
    post: (tab: string, message: ToFollower) => {
      const channel = channels.get(tab) ?? open(channelName(name, tab))
      channels.set(tab, channel)
      channel.post({ from, message } satisfies Addressed<ToFollower>)
    },
    close: () => {
      for (const channel of channels.values()) channel.close()
      channels.clear()
    },
  }
}

/** The leading tab's calls to its own client. */
export const ownTarget = (
  methods: Readonly<Record<string, Callable>>,
  { isOver, over }: Pick<Target, 'isOver' | 'over'>,
): Target => ({
  call: async (method, args) => methods[method]?.(...args),
  ...{ isOver, over },
})
