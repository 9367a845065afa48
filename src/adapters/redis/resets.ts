import type { Redis } from 'ioredis'

export interface Resets {
  /** Calls `listener` after each interruption, when both connections work again. Returns a function that stops this. */
  onReset(listener: () => void): () => void
  /** How often the subscriber's connection was interrupted. */
  interruptions(): number
  /** The subscriber hears all its channels again, if there was no interruption after this number of them. */
  listening(interruptions: number): void
}

/** Changes whenever Redis was started, or another one answers; undefined when it does not say. */
const runOf = async (redis: Redis): Promise<string | undefined> =>
  /^run_id:(\w+)/m.exec(await redis.info('server').catch(() => ''))?.[1]

/**
 * When something may have been lost: with every interruption of the subscriber's connection, messages; with an
 * interruption of the other connection, what Redis knew, unless the same Redis answers afterwards. A restart, which
 * breaks both, is told once.
 */
export const watchResets = async (
  commands: Redis,
  subscriber: Redis,
  onError: (error: unknown) => void,
): Promise<Resets> => {
  const listeners = new Set<() => void>()
  let run = await runOf(commands)
  let commandsReady = true
  let hearing = true
  let interruptions = 0
  let lost = false

  const tell = (listener: () => void): void => {
    try {
      listener()
    } catch (error) {
      onError(error)
    }
  }

  const settle = (): void => {
    if (!lost || !commandsReady || !hearing) return
    lost = false
    for (const listener of [...listeners]) tell(listener)
  }

  const compareRuns = async (): Promise<void> => {
    const before = run
    run = await runOf(commands)
    if (run === undefined || run !== before) lost = true
    commandsReady = commands.status === 'ready'
    settle()
  }

  commands.on('close', () => {
    commandsReady = false
  })
  commands.on('ready', () => void compareRuns())
  subscriber.on('close', () => {
    interruptions += 1
    hearing = false
    lost = true
  })

  return {
    onReset: (listener) => {
      const own = () => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    interruptions: () => interruptions,
    listening: (after) => {
      if (after !== interruptions) return
      hearing = true
      settle()
    },
  }
}
