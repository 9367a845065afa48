import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startVitest } from 'vitest/node'
import { countsReport, countTests } from '../../support/report/test-counts.ts'

const root = join(import.meta.dirname, '..', '..', 'fixtures', 'broken-setup')

/** A run of its own over a file of which one group's set-up throws. */
const runBroken = async () => {
  const vitest = await startVitest('test', [], {
    ...{ root, config: false, watch: false, reporters: [{}], include: ['*.fixture.ts'] },
  })
  const counts = countTests(vitest.state.getTestModules())
  await vitest.close()
  process.exitCode = undefined
  return counts
}

describe('the closing line of a test run', () => {
  let counts: ReturnType<typeof countTests>
  beforeAll(async () => {
    counts = await runBroken()
  })

  it('counts a group whose set-up fails as failed, and names it', () => {
    expect(counts).toMatchObject({ passed: 1, failed: 1 })
    expect(counts.broken).toEqual(['broken-setup.fixture.ts > a group that cannot be set up'])
  })

  it('says so before the counts', () => {
    const lines = countsReport(counts).trimEnd().split('\n')
    expect(lines[0]).toBe('failed outside of a test:')
    expect(lines.at(-1)).toMatch(/^tests: 1 passed, 1 failed, \d+ skipped$/)
  })
})
