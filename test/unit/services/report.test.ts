import { describe, expect, it } from 'vitest'
import { asJson, asText } from '../../../scripts/services/report.ts'
import type { ServicesState } from '../../../scripts/services/state.ts'

describe('what services:status prints', () => {
  const state: ServicesState = {
    redis: { status: 'running', by: 'native', url: 'redis://:secret@127.0.0.1:16379/0', version: '7.0.15' },
    kafka: { status: 'unavailable', reason: 'java is not on this machine' },
    s3: { status: 'failed', reason: 'it ended while starting' },
  }
  const names = ['redis', 'kafka', 's3', 'mongodb'] as const

  it('never shows a password', () => {
    expect(asText(names, state)).not.toContain('secret')
    expect(asJson(names, state)).not.toContain('secret')
  })

  it('tells what the machine cannot have from what failed', () => {
    const lines = asText(names, state).split('\n')
    expect(lines[0]).toContain('running (native, 7.0.15) at redis://***@127.0.0.1:16379/0')
    expect(lines[1]).toContain('not here: java is not on this machine')
    expect(lines[2]).toContain('FAILED: it ended while starting')
    expect(lines[3]).toContain('not started')
  })
})
