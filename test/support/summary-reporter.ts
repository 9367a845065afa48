import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { engineReport } from './engine-report.ts'
import type { EngineUse } from './engines.ts'

const countTests = (modules: readonly TestModule[]): string => {
  const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
  for (const module of modules) {
    for (const test of module.children.allTests()) count[test.result().state] += 1
    // A file that did not load ran no test, which is a failure.
    if (module.state() === 'failed' && module.errors().length > 0) count.failed += 1
  }
  return `tests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`
}

/**
 * Closes a run with which real engines it exercised and which not, and one plain line that any log reader finds:
 * `tests: 12 passed, 0 failed, 1 skipped`. The workers, which inherit the environment, write the engines into a file of this run.
 */
export default class SummaryReporter implements Reporter {
  private readonly folder = mkdtempSync(join(tmpdir(), 'backscroll-engines-'))
  private readonly uses = join(this.folder, 'uses')

  onInit(): void {
    process.env.BACKSCROLL_TEST_ENGINE_USE = this.uses
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }))
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    process.stdout.write(`\n${engineReport(this.readUses())}${countTests(modules)}`)
  }

  private readUses(): EngineUse[] {
    if (!existsSync(this.uses)) return []
    const lines = readFileSync(this.uses, 'utf8').trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line))
  }
}
