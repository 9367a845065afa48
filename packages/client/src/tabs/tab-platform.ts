/** The part of the Web Locks API that tabs need. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly steal?: true; readonly ifAvailable?: true; readonly signal?: AbortSignal },
    held: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>
}

export interface TabChannel {
  post(message: unknown): void
  close(): void
}

/** `onMessage`: what others have posted under this name. */
export type OpenChannel = (name: string, onMessage?: (message: unknown) => void) => TabChannel

/** What is between the tabs of one browser. */
export interface TabPlatform {
  readonly locks: TabLocks
  readonly open: OpenChannel
  /** Calls when the page is frozen, and when it is awake again. Returns what ends it. */
  watch(frozen: () => void, awake: () => void): () => void
}

const openBroadcastChannel: OpenChannel = (name, onMessage) => {
  const channel = new BroadcastChannel(name)
  if (onMessage !== undefined) channel.onmessage = ({ data }) => onMessage(data)
  return { post: (message) => channel.postMessage(message), close: () => channel.close() }
}

/** Page Lifecycle: a worker has no document, and is never told. */
const watchPage: TabPlatform['watch'] = (frozen, awake) => {
  if (typeof document !== 'object') return () => {}
  const listeners = [
    [document, 'freeze', frozen],
    [document, 'resume', awake],
    [globalThis, 'pageshow', awake],
  ] as const
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener)
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener)
  }
}

/** Undefined where tabs cannot find each other. */
export const browserTabs = (): TabPlatform | undefined => {
  if (typeof navigator !== 'object' || !('locks' in navigator) || typeof BroadcastChannel !== 'function')
    return undefined
  return { locks: navigator.locks as TabLocks, open: openBroadcastChannel, watch: watchPage }
}
