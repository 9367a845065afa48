import { expect, test } from 'vitest'
import { listenTrouble } from '../../../src/api/http/listen.ts'

const trouble = (code: string): unknown =>
  listenTrouble(Object.assign(new Error(code), { code }), { host: '127.0.0.1', port: 80 })

test('a port that this user may not listen on is told in a line', () => {
  expect(trouble('EACCES')).toMatchObject({
    name: 'OperatorError',
    message: 'BACKSCROLL_PORT: this user may not listen on 80: set a port from 1024 on, with a proxy in front of it',
  })
})

test('an error that is not about the address stays as it is', () => {
  expect(trouble('EMFILE')).toMatchObject({ name: 'Error', code: 'EMFILE' })
})
