/** What stands in for `vitest` where its tests run in a page: the same `expect`, and as much of the rest as they use. */
export { expect } from 'vitest'

type Work = () => unknown

interface Suite {
  readonly title: string
  readonly before: Work[]
  readonly after: Work[]
  readonly tests: { readonly title: string; readonly run: Work; readonly timeoutMs: number }[]
}

export interface Outcome {
  readonly title: string
  /** How it failed. */
  readonly error?: string
  readonly isLeftOut?: boolean
}

const usualMs = 30_000
const suites: Suite[] = []
let current: Suite = { title: '', before: [], after: [], tests: [] }
suites.push(current)

export const describe = (title: string, body: () => void): void => {
  const outer = current
  current = { title, before: [...outer.before], after: [...outer.after], tests: [] }
  suites.push(current)
  body()
  current = outer
}
export const it = (title: string, run: Work, timeoutMs = usualMs): void => {
  current.tests.push({ title, run, timeoutMs })
}
export const beforeAll = (work: Work): void => void current.before.push(work)
export const afterAll = (work: Work): void => void current.after.push(work)

const within = (ms: number, work: Work): Promise<unknown> => {
  const late = new Promise((_resolve, reject) => setTimeout(() => reject(new Error(`Not done after ${ms} ms`)), ms))
  return Promise.race([Promise.resolve().then(work), late])
}
const outcomeOf = async (title: string, ms: number, work: Work): Promise<Outcome> =>
  within(ms, work).then(
    () => ({ title }),
    (thrown: unknown) => ({
      title,
      error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    }),
  )

/** Runs all that was described whose title is not left out, one after the other. */
export const runAll = async (leftOut: readonly string[]): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const { title, before, after, tests } of suites.filter((suite) => suite.tests.length > 0)) {
    for (const work of before) outcomes.push(await outcomeOf(`${title}: before`, usualMs, work))
    for (const test of tests)
      if (leftOut.includes(test.title)) outcomes.push({ title: test.title, isLeftOut: true })
      else outcomes.push(await outcomeOf(test.title, test.timeoutMs, test.run))
    for (const work of after) outcomes.push(await outcomeOf(`${title}: after`, usualMs, work))
  }
  return outcomes
}
