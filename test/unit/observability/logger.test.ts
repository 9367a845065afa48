import { expect, test } from 'vitest'
import { createLogger } from '../../../src/observability/logger.ts'
import { createLines } from '../../support/api/harness.ts'

const logged = (fields: object): string => {
  const { lines, stream } = createLines()
  createLogger({ level: 'info', destination: stream }).info(fields, 'message')
  return lines.join('')
}

test('credentials and content are struck out, at the top and inside', () => {
  for (const name of [
    'authorization',
    'token',
    'accessToken',
    'ciphertext',
    'body',
    'sec-websocket-protocol',
    'cookie',
    'data',
  ]) {
    expect(logged({ [name]: 'SECRET' })).not.toContain('SECRET')
    expect(logged({ headers: { [name]: 'SECRET' } })).not.toContain('SECRET')
    expect(logged({ one: { two: { [name]: 'SECRET' } } })).not.toContain('SECRET')
  }
})

test('a request is its id, method and path: no query, no headers', () => {
  const request = { id: 'r1', method: 'GET', url: '/inbox?token=SECRET', headers: { authorization: 'SECRET' } }
  expect(logged({ req: request })).toContain('"req":{"id":"r1","method":"GET","path":"/inbox"}')
})

test('an error is its name, message, code and stack, without what libraries hang on it', () => {
  const error = Object.assign(new Error('failed'), { code: 'E_FAILED', request: { token: 'SECRET' }, row: 'SECRET' })
  const line = logged({ err: error })
  expect(JSON.parse(line).err).toMatchObject({ type: 'Error', message: 'failed', code: 'E_FAILED' })
  expect(line).not.toContain('SECRET')
})
