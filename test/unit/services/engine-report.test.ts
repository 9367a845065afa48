import { describe, expect, it } from 'vitest'
import { engineReport } from '../../support/engine-report.ts'

describe('the closing lines of a test run', () => {
  it('name each engine that was exercised once, with its version and where it came from', () => {
    const redis = { engine: 'redis', how: 'native', version: '7.0.15' } as const
    const kafka = { engine: 'kafka', how: 'BACKSCROLL_TEST_KAFKA_BROKERS', version: '' } as const
    const [first] = engineReport([redis, kafka, redis]).split('\n')
    expect(first).toBe('engines exercised: redis 7.0.15 (native), kafka (BACKSCROLL_TEST_KAFKA_BROKERS)')
  })

  it('name each engine that was not, and why', () => {
    const lines = engineReport([{ engine: 's3', missing: 'go is not on this machine' }]).split('\n')
    expect(lines[0]).toBe('engines exercised: none')
    expect(lines).toContain('  s3: go is not on this machine')
    expect(lines).toContain('  redis: no suite of this run asked for it')
    expect(lines).toContain('  kurrentdb: only the double of its protocol')
  })

  it('say nothing of others when all were exercised', () => {
    const all = ['redis', 'postgres', 'kafka', 'mongodb', 's3', 'kurrentdb'] as const
    const report = engineReport(all.map((engine) => ({ engine, how: 'docker', version: '1' })))
    expect(report).not.toContain('not exercised')
  })
})
