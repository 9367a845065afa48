import { deferred } from '../time/deferred.ts'
import type { Callable } from './packed-value.ts'
import { createRemoteCalls, type RemoteCalls } from './remote-calls.ts'
import type { Addressed, ToFollower, ToLeader } from './tab-messages.ts'
import type { OpenChannel } from './tab-platform.ts'

/** Whom a tab asks: the leader, be it itself or another one. */
export interface Target {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  /** It leads no longer: what it has not answered it will not. */
  isOver(): boolean
  /** Resolves when it leads no longer. */
  readonly over: Promise<void>
}

/** A follower's way to its leader. */
export interface LeaderLink extends Target {
  readonly leader: string
  readonly calls: RemoteCalls
  /** It has told what it knows, and takes commands. */
  isOpen: boolean
  post(message: ToLeader): void
  end(): void
}

/** Where a tab is told what is meant for it alone. */
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

/** Channels to other tabs, by tab. */
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

/** What a leader asks of itself. */
export const ownTarget = (
  methods: Readonly<Record<string, Callable>>,
  { isOver, over }: Pick<Target, 'isOver' | 'over'>,
): Target => ({
  call: async (method, args) => methods[method]?.(...args),
  ...{ isOver, over },
})
