import type { Clock } from '../time/clock.ts'

/**
 * Runs a task once, in its turn; where others keep that waiting for longer than `ms`, without it. `inTurn` calls what it
 * is given when the turn has come.
 */
export const boundedTurn = <Value>(
  clock: Pick<Clock, 'after'>,
  ms: number,
  inTurn: (task: () => Promise<Value>) => Promise<Value>,
  task: () => Promise<Value>,
): Promise<Value> => {
  let begun: Promise<Value> | undefined
  return new Promise((resolve, reject) => {
    const once = () => {
      cancel()
      begun ??= task()
      return begun
    }
    const cancel = clock.after(ms, () => once().then(resolve, reject))
    inTurn(once).then(resolve, reject)
  })
}
