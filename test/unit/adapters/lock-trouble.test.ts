import { expect, test } from 'vitest'
import { lockTrouble } from '../../../src/adapters/embedded/log/directory-lock.ts'

const trouble = (code: string): string => lockTrouble(Object.assign(new Error('why'), { code }))

test('a file system without locks is named as such, whichever call reports it', () => {
  for (const code of ['ENOLCK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'SQLITE_IOERR_LOCK', 'SQLITE_PROTOCOL'])
    expect(trouble(code)).toBe('is on a file system without locks, as network drives may be: use a local disk')
})

test('any other reason is told', () => {
  expect(trouble('SQLITE_CANTOPEN')).toBe('cannot be locked (why): check the permissions of the data directory')
})
