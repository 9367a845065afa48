import './in-page-tests.ts'
import { type Outcome, runAll } from './in-page-vitest.ts'

declare global {
  var runTests: (leftOut: readonly string[]) => Promise<readonly Outcome[]>
}

globalThis.runTests = runAll
