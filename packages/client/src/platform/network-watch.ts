/** Reports when a browser gains or loses its network; elsewhere it never calls. Returns a function that stops it. */
export const watchNetwork = (call: (type: 'online' | 'offline') => void): (() => void) => {
  if (!('addEventListener' in globalThis)) return () => {}
  const online = () => call('online')
  const offline = () => call('offline')
  globalThis.addEventListener('online', online)
  globalThis.addEventListener('offline', offline)
  return () => {
    globalThis.removeEventListener('online', online)
    globalThis.removeEventListener('offline', offline)
  }
}
