import type { OpenChannel, TabLocks, TabPlatform } from '../../../../packages/client/src/tabs/tab-platform.ts'

interface Request {
  readonly tab: string
  readonly held: (lock: object | null) => Promise<void> | undefined
  readonly settle: (error?: Error) => void
}

const aborted = () => new DOMException('stolen', 'AbortError')

/** Locks and channels of one browser, with tabs that can be frozen, crash, and be awake again. */
export interface BrowserModel {
  tab(name: string): TabPlatform
  /** Its messages wait, and it hears of nothing. `silently`: it is not told that it will be. */
  freeze(name: string, silently?: boolean): void
  thaw(name: string): void
  /** Its locks are free, and it says nothing more. */
  crash(name: string): void
}

export const createBrowserModel = (): BrowserModel => {
  const holders = new Map<string, Request>()
  const queues = new Map<string, Request[]>()
  const channels = new Map<string, Set<{ readonly tab: string; readonly take: (message: unknown) => void }>>()
  const frozen = new Map<string, (() => void)[]>()
  const dead = new Set<string>()
  const watchers = new Map<string, { readonly frozen: () => void; readonly awake: () => void }>()

  /** In a task of its own, once the tab is awake. */
  const inTab = (tab: string, task: () => void) => {
    const waiting = frozen.get(tab)
    if (waiting !== undefined) waiting.push(task)
    else setTimeout(() => (dead.has(tab) ? undefined : frozen.has(tab) ? inTab(tab, task) : task()))
  }
  const grant = (name: string) => {
    if (holders.has(name)) return
    const next = queues.get(name)?.shift()
    if (next === undefined) return
    holders.set(name, next)
    inTab(next.tab, () => void run(name, next))
  }
  const run = async (name: string, request: Request) => {
    await request.held({})
    request.settle()
    if (holders.get(name) === request) holders.delete(name)
    grant(name)
  }
  const locksOf = (tab: string): TabLocks => ({
    query: async () => ({ held: [...holders.keys()].map((name) => ({ name })) }),
    request: (name, { steal, ifAvailable, signal }, held) =>
      new Promise<void>((resolve, reject) => {
        const settle = (error?: Error) => inTab(tab, () => (error ? reject(error) : resolve()))
        const request = { tab, held, settle }
        const before = holders.get(name)
        if (ifAvailable && before !== undefined) return void inTab(tab, () => void held(null))
        if (steal) holders.delete(name)
        if (steal) before?.settle(aborted())
        const queue = queues.get(name) ?? []
        queues.set(name, steal ? [request, ...queue] : [...queue, request])
        signal?.addEventListener('abort', () => {
          queues.set(
            name,
            (queues.get(name) ?? []).filter((one) => one !== request),
          )
          if (holders.get(name) !== request) settle(aborted())
        })
        grant(name)
      }),
  })
  const openOf =
    (tab: string): OpenChannel =>
    (name, onMessage = () => {}) => {
      const own = { tab, take: onMessage }
      channels.set(name, (channels.get(name) ?? new Set()).add(own))
      return {
        post: (message) => {
          if (dead.has(tab)) return
          const copy = structuredClone(message)
          for (const other of channels.get(name) ?? []) if (other !== own) inTab(other.tab, () => other.take(copy))
        },
        close: () => channels.get(name)?.delete(own),
      }
    }
  return {
    tab: (name) => ({
      locks: locksOf(name),
      open: openOf(name),
      watch: (onFrozen, onAwake) => {
        watchers.set(name, { frozen: onFrozen, awake: onAwake })
        return () => watchers.delete(name)
      },
    }),
    freeze: (name, silently = false) => {
      if (!silently) watchers.get(name)?.frozen()
      frozen.set(name, [])
    },
    thaw: (name) => {
      const waiting = frozen.get(name) ?? []
      frozen.delete(name)
      for (const task of waiting) inTab(name, task)
      inTab(name, () => watchers.get(name)?.awake())
    },
    crash: (name) => {
      dead.add(name)
      for (const [lock, { tab }] of [...holders]) if (tab === name) holders.delete(lock)
      for (const [lock, queue] of queues)
        queues.set(
          lock,
          queue.filter(({ tab }) => tab !== name),
        )
      for (const lock of queues.keys()) grant(lock)
    },
  }
}
