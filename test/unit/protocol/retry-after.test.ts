import { errorCodes, errorKinds, ProtocolError } from '@backscroll/protocol/errors'
import { retryAfterOf } from '@backscroll/protocol/retry-after'
import { expect, test } from 'vitest'

test.each(errorCodes)('[R3] %s says when to come again, where there is a time for it', (code) => {
  const isForNow = [429, 503].includes(errorKinds[code].status)
  expect(retryAfterOf(new ProtocolError(code))).toBe(isForNow ? '1' : undefined)
  expect(retryAfterOf(new ProtocolError(code, undefined, { retryAfterMs: 1_001 }))).toBe('2')
  expect(retryAfterOf(new ProtocolError(code, undefined, { retryAfterMs: 1 }))).toBe('1')
})

test('a wait is a whole number of milliseconds on the wire, never shorter than it is', () => {
  expect(new ProtocolError('rate_limited', undefined, { retryAfterMs: 1_200.1 }).retryAfterMs).toBe(1_201)
  expect(new ProtocolError('rate_limited', undefined, { retryAfterMs: 7 }).retryAfterMs).toBe(7)
  expect(new ProtocolError('rate_limited').retryAfterMs).toBeUndefined()
})
