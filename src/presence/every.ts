/** Calls `call` every `ms` milliseconds. Returns a function that stops it. */
export type Every = (ms: number, call: () => Promise<void>) => () => void

export const every: Every = (ms, call) => {
  const timer = setInterval(() => void call(), ms).unref()
  return () => clearInterval(timer)
}
