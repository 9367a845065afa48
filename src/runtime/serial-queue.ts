export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Runs one task at a time, in the order of the calls; a failed task does not stop the next. */
export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work)
    last = run.catch(() => undefined)
    return run
  }
}
