import { expect, test } from 'vitest'
import { createPasswords } from '../../../../../src/identity/accounts/sign-in/passwords.ts'

const sender = { address: '192.0.2.1' }

test('a password is kept as an Argon2id hash of 19 MiB and two passes, and no hash is like another', async () => {
  const passwords = createPasswords()
  const [one, two] = [await passwords.hash('correct horse', sender), await passwords.hash('correct horse', sender)]
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one).not.toBe(two)
  expect(await passwords.matches('correct horse', one, sender)).toBe(true)
  expect(await passwords.matches('correct horsf', one, sender)).toBe(false)
  expect(await passwords.matches('correct horse', null, sender)).toBe(false)
})
