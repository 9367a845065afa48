import { expect, test } from 'vitest'
import { toProtocolError } from '../../../../src/api/http/to-protocol-error.ts'
import { engineTrouble } from '../../../../src/commands/writer/engine-trouble.ts'
import { LogError } from '../../../../src/ports/errors/log-error.ts'
import { UnavailableError } from '../../../../src/ports/errors/unavailable-error.ts'

test('a client learns that an engine is away, full or refuses the size, and nothing of where it is', () => {
  const codes = [
    new UnavailableError('the accounts do not answer'),
    new LogError('log_unavailable', 'not in time'),
    new LogError('log_full', 'no space'),
    new LogError('event_too_large', 'too large'),
  ].map((error) => engineTrouble(error)?.code)
  expect(codes).toEqual(['unavailable', 'unavailable', 'storage_full', 'too_large'])
  expect(engineTrouble(new UnavailableError('redis at 10.0.0.1'))?.message).not.toContain('10.0.0.1')
})

test('any other error stays one that nobody foresaw', () => {
  expect(engineTrouble(new TypeError('x is not a function'))).toBeUndefined()
  expect(toProtocolError(new TypeError('x is not a function'))).toBeUndefined()
  expect(toProtocolError(new UnavailableError('views'))?.code).toBe('unavailable')
})
