import { sendResult } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import { sendResultOf, sendResultText } from '../../../src/edge/send-result.ts'

const base = { revision: 7, position: 90_071_992_547_409_931n, at: 1_700_000_000_000, duplicate: false }
const ids = ['018f6b1c-2d3e-7f40-8a5b-000000000001', '018f3c1e-0000-7000-8000-000000000001'] as const

describe('what a sender is told', () => {
  it.each([
    ['of a message', { ...base, seq: 3 }],
    ['of what takes no number', { ...base, seq: undefined }],
    ['of a repeat', { ...base, seq: 3, duplicate: true }],
  ])('is the same as text and as an object, and what the protocol says: %s', (_, result) => {
    const told = sendResultOf(...ids, result)
    expect(JSON.parse(sendResultText(...ids, result))).toEqual(told)
    expect(sendResult.parse(told)).toEqual(told)
  })
})
