import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import type { NeedUse } from './needs.ts'
import { needsReport } from './needs-report.ts'
import { countsReport, countTests } from './test-counts.ts'

/**
 * Closes a run with which engines and programs it exercised and which not, with what failed outside of a test, and with the counts. The
 * workers, which inherit the environment, write what they used into a file of this run.
 */
export default class SummaryReporter implements Reporter {
  private readonly folder = mkdtempSync(join(tmpdir(), 'backscroll-needs-'))
  private readonly uses = join(this.folder, 'uses')

  onInit(): void {
    process.env.BACKSCROLL_TEST_NEED_USE = this.uses
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }))
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    process.stdout.write(`\n${needsReport(this.readUses())}${countsReport(countTests(modules))}`)
  }

  private readUses(): NeedUse[] {
    if (!existsSync(this.uses)) return []
    const lines = readFileSync(this.uses, 'utf8').trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line))
  }
}
