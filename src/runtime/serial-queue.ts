export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Runs one piece of work at a time, in the order in which they were asked for; a failed one does not stop the next. */
export const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work)
    last = run.catch(() => undefined)
    return run
  }
}
