import type { TestModule, TestSuite } from 'vitest/node'

export interface TestCounts {
  readonly passed: number
  /** Tests, and files and groups of tests whose loading, set-up or clean-up failed. */
  readonly failed: number
  readonly skipped: number
  /** What failed without being a test: `file`, or `file > group`. */
  readonly broken: readonly string[]
}

type Part = Pick<TestModule | TestSuite, 'errors'>

const isBroken = (part: Part): boolean => part.errors().length > 0

const brokenIn = (module: TestModule): readonly string[] => {
  const suites = [...module.children.allSuites()].filter(isBroken)
  const file = isBroken(module) ? [module.relativeModuleId] : []
  return [...file, ...suites.map(({ fullName }) => `${module.relativeModuleId} > ${fullName}`)]
}

/** A group whose `beforeAll` fails runs none of its tests and reports them as skipped: the group itself counts as failed. */
export const countTests = (modules: readonly TestModule[]): TestCounts => {
  const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
  for (const module of modules) for (const test of module.children.allTests()) count[test.result().state] += 1
  const broken = modules.flatMap(brokenIn)
  return { passed: count.passed, failed: count.failed + count.pending + broken.length, skipped: count.skipped, broken }
}

/** Ends in the one plain line that any log reader finds: `tests: 12 passed, 0 failed, 1 skipped`. */
export const countsReport = ({ passed, failed, skipped, broken }: TestCounts): string => {
  const names = broken.map((name) => `  ${name}\n`).join('')
  const set = broken.length === 0 ? '' : `failed outside of a test:\n${names}`
  return `${set}tests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`
}
