import type { Channels } from '../../ports/channels.ts'

type Listener = (message: string) => void

/** Shared by the processes that talk to each other. */
export interface MemoryChannelsHub {
  readonly listeners: Map<string, Set<Listener>>
  readonly resets: Set<() => void>
  /** Messages on their way are lost, and every process is told. */
  interrupt(): void
  /** Grows with each interruption. */
  readonly interruptions: () => number
}

export const createMemoryChannelsHub = (): MemoryChannelsHub => {
  const resets = new Set<() => void>()
  let interruptions = 0
  return {
    listeners: new Map(),
    resets,
    interruptions: () => interruptions,
    interrupt: () => {
      interruptions += 1
      for (const reset of resets) setImmediate(reset)
    },
  }
}

/** One process on the channels in memory, for tests and for a deployment in a single process. */
export const createMemoryChannels = (
  { listeners, resets, interruptions }: MemoryChannelsHub,
  onError: (error: unknown) => void,
): Channels => {
  const stops = new Set<() => Promise<void>>()
  let closed = false

  const open = (): void => {
    if (closed) throw new Error('The channels are closed')
  }

  const listening = (channel: string): Set<Listener> => {
    const all = listeners.get(channel) ?? new Set()
    listeners.set(channel, all)
    return all
  }

  return {
    publish: async (channel, message) => {
      open()
      const sent = interruptions()
      const deliver = (to: Listener): void => {
        if (interruptions() === sent && listeners.get(channel)?.has(to)) to(message)
      }
      for (const hear of listeners.get(channel) ?? []) setImmediate(deliver, hear)
    },
    listen: async (channel, hear) => {
      open()
      const guarded: Listener = (message) => {
        try {
          hear(message)
        } catch (error) {
          onError(error)
        }
      }
      const own = listening(channel).add(guarded)
      const stop = async (): Promise<void> => {
        stops.delete(stop)
        own.delete(guarded)
        if (own.size === 0 && listeners.get(channel) === own) listeners.delete(channel)
      }
      stops.add(stop)
      return stop
    },
    onReset: (listener) => {
      const reset = () => listener()
      resets.add(reset)
      const stop = async () => void resets.delete(reset)
      stops.add(stop)
      return () => void stop()
    },
    close: async () => {
      closed = true
      await Promise.all([...stops].map((stop) => stop()))
    },
  }
}
