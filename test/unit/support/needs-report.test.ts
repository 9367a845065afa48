import { describe, expect, it } from 'vitest'
import { needNames } from '../../support/report/needs.ts'
import { needsReport } from '../../support/report/needs-report.ts'

describe('the closing lines of a test run', () => {
  it('name each engine and program that was exercised once, with its version and where it came from', () => {
    const redis = { need: 'redis', how: 'native', version: '7.0.15' } as const
    const kafka = { need: 'kafka', how: 'BACKSCROLL_TEST_KAFKA_BROKERS', version: '' } as const
    const [first] = needsReport([redis, kafka, redis]).split('\n')
    expect(first).toBe('exercised: redis 7.0.15 (native), kafka (BACKSCROLL_TEST_KAFKA_BROKERS)')
  })

  it('name each engine and program that was not, and why', () => {
    const lines = needsReport([{ need: 's3', missing: 'go is not on this machine' }]).split('\n')
    expect(lines[0]).toBe('exercised: nothing beyond npm')
    expect(lines).toContain('  s3: go is not on this machine')
    expect(lines).toContain('  redis: no suite of this run asked for it')
    expect(lines).toContain('  kurrentdb: only the double of its protocol')
  })

  it('say nothing of others when all were exercised', () => {
    const report = needsReport(needNames.map((need) => ({ need, how: 'docker', version: '1' })))
    expect(report).not.toContain('not exercised')
  })
})
