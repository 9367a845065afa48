/** Told once: what is gone stays gone. */
export const createMissingKeys = (onError: (error: unknown) => void): ((stream: string) => void) => {
  let isTold = false
  return (stream) => {
    if (isTold) return
    isTold = true
    onError(
      new Error(
        `the keys of the bodies of ${stream} are not in the accounts database: was an older copy of it restored?`,
      ),
    )
  }
}
