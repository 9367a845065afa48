/** The part of the Web Locks API that tabs use. */
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

/** `onMessage` receives what other tabs post under this name. */
export type OpenChannel = (name: string, onMessage?: (message: unknown) => void) => TabChannel

/** The browser APIs that connect tabs. */
export interface TabPlatform {
  readonly locks: TabLocks
  readonly open: OpenChannel
  /** Calls the functions when the page is frozen and when it is resumed. Returns a function that ends this. */
  watch(frozen: () => void, awake: () => void): () => void
}

const openBroadcastChannel: OpenChannel = (name, onMessage) => {
  const channel = new BroadcastChannel(name)
  if (onMessage !== undefined) channel.onmessage = ({ data }) => onMessage(data)
  return { post: (message) => channel.postMessage(message), close: () => channel.close() }
}

/** The Page Lifecycle events. A worker has no document and gets none. */
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

/** Undefined in a browser that lacks the APIs. */
export const browserTabs = (): TabPlatform | undefined => {
  if (typeof navigator !== 'object' || !('locks' in navigator) || typeof BroadcastChannel !== 'function')
    return undefined
  return { locks: navigator.locks as TabLocks, open: openBroadcastChannel, watch: watchPage }
}
